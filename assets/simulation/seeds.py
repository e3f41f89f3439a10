"""Which seeds make markets to develop with, and which make markets to evaluate on.

Whoever tunes a detector looks at markets of development alone: an evaluation believes its own
figures only on markets that nobody has seen.
"""

DEVELOPMENT = range(1, 1_000)
EVALUATION = range(1_000_000, 2**31)
