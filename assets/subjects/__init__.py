"""Subjects of the market as a person asks for them: an account, a symbol's day, a trade.

Bound queries over the lake, each a pure function of its connection; what was decided is above.
"""
