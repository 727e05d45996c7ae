"""Pieces of a file as an error shows them: short, and with the characters that nobody sees."""

import re
import unicodedata

SHOWN_MAX = 200
"""So many characters of a file are shown in one error at most: it may hold anything."""

_SUSPECT = re.compile(r"[^\x21-\x7e]")
_UNSEEN = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"))


def visible(text: str) -> str:
    """Return a text in which each character but the plain space that leaves no ink is named: `<U+00A0>`."""
    return _SUSPECT.sub(lambda match: _named(match.group()), text)


def shown(text: str, at_most: int = SHOWN_MAX) -> str:
    """Return the beginning of a text, all of it visible."""
    return visible(text) if len(text) <= at_most else visible(text[:at_most]) + "..."


def _named(character: str) -> str:
    unseen = unicodedata.category(character) in _UNSEEN and character != " "
    return f"<U+{ord(character):04X}>" if unseen else character
