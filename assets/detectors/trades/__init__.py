"""Detectors that need trades alone: public data is enough, and no alert names a person.

One that needs accounts, orders, transfers or a model belongs in the folder of that tier.
"""
