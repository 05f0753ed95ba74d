"""Foreign text made harmless for terminals and logs.

Pure.  Standards: THREATS H-103 (escape sequences, forged lines, hidden directions).
"""

import re

_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """Return the text on one line: what steers a terminal, a line or its direction is written out as an escape."""
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)
