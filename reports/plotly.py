"""plotly.js: the basic bundle of its makers, with scatter and bar and nothing that we do not draw.

The file is that of `plotly.js-basic-dist-min` 4.1.1, unchanged, under the MIT licence beside it;
the Python package would bring four times as much.
"""

import hashlib
from functools import cache
from pathlib import Path

VERSION = "4.1.1"
FILE = Path(__file__).parent / "scripts" / f"plotly-basic-{VERSION}.min.js"
DIGITS_OF_NAME = 12


@cache
def plotly_script() -> str:
    """The script itself."""
    return FILE.read_text(encoding="utf-8")


@cache
def plotly_file_name() -> str:
    """The name of a copy that many documents share: another content has another name."""
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()[:DIGITS_OF_NAME]
    return f"plotly-basic-{VERSION}-{digest}.js"
