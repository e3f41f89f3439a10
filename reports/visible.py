"""Text that others wrote, with every sign made visible that would change what stands around it."""

import re

# control signs and escapes of terminals, lone surrogates, and the signs that turn the direction of
# writing
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with such signs written out, as `\x1b` or `\u202e`; those in `keep` stay."""
    return _UNSEEN.sub(lambda found: found[0] if found[0] in keep else _written(found[0]), text)


def _written(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
