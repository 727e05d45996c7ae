"""The name that a client gives its file, as a label: it is shown to people and never opened."""

import re

LABEL_CHARACTERS_MAX = 255
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and those that break lines or turn the direction of the text around them."""


def label_of(sent: str | None) -> str | None:
    """Return the label of a file whose name came as these bytes (a character each), or None without one."""
    if sent is None:
        return None
    name = sent.encode("latin-1", "replace").decode("utf-8", "replace")
    return _UNSHOWN.sub("", name)[:LABEL_CHARACTERS_MAX] or None
