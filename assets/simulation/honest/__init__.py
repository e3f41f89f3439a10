"""Honest behaviour that looks like abuse, so that an evaluation has hard negatives.

Abuse is in `abuse/`.
"""
