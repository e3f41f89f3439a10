"""Real recordings for the demo and the tests, with their licence.

No code.
"""
