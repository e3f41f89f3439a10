"""Honest behaviour that resembles abuse: hard negatives for an evaluation.

Abuse is in `abuse/`.
"""
