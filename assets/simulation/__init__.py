"""A simulated market with planted abuse, honest look-alikes and labels that say which is which.

Nothing of the platform depends on it but the demo, the tests and the evaluation.
"""
