"""Outer white space: what is no part of a value that it surrounds (contract §3.6).

People paste values with blanks that nobody sees. E-mail addresses, numbers, booleans, dates
and option names lose them at both ends, in files, calls and filters alike; text keeps its own.
"""

import re

_WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_ZERO_WIDTH = "\u200b\u2060\ufeff"
_BIDI_CONTROL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

OUTER_SPACE = _WHITE_SPACE + _ZERO_WIDTH + _BIDI_CONTROL
"""Each character that is trimmed: Unicode's White_Space and Bidi_Control, and three of no width."""

_IGNORABLE = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2061-\u206f\u3164\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
BLANK_PATTERN = f"^[{OUTER_SPACE}{_IGNORABLE}]*$"
"""A text of which nothing is seen: outer white space and Unicode's Default_Ignorable_Code_Point.

It is a pattern for Python and for the data-frame library alike.
"""
_BLANK = re.compile(BLANK_PATTERN)


def trimmed(text: str) -> str:
    """Return a text without the outer white space at its ends."""
    return text.strip(OUTER_SPACE)


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text is seen: as a key it is missing, or all such rows would share it."""
    return _BLANK.match(text) is not None
