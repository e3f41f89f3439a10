"""A simulated market with planted abuse and honest look-alikes, and labels of both.

Only the demo, the tests and the evaluation depend on it.
"""
