"""What the fields of a dataclass mean, from the text below each in its source."""

import ast
from functools import cache
from inspect import getsource
from itertools import pairwise
from textwrap import dedent
from typing import Any


@cache
def meanings_of(row: type) -> dict[str, str]:
    """The text below each field that has one, on one line, by the field's name."""
    # a class's source is one statement
    declared: Any = ast.parse(dedent(getsource(row))).body[0]
    found: dict[str, str] = {}
    for field, text in pairwise(declared.body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found[name] = " ".join(words.split())
            case _:
                pass
    return found
