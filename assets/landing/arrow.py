"""Arrow's functions under a name that type checkers accept: they are made when it is imported."""

from typing import Any

from pyarrow import compute

pc: Any = compute
