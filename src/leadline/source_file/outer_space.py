"""Outer white space: what is no part of a value that it surrounds (contract §3.6).

What sends files knows nothing of the product, so this is said here and in `schema/outer_space.py`; a
test holds the two alike.
"""

_WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_ZERO_WIDTH = "\u200b\u2060\ufeff"
_BIDI_CONTROL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

OUTER_SPACE = _WHITE_SPACE + _ZERO_WIDTH + _BIDI_CONTROL
"""Each character that is trimmed: Unicode's White_Space and Bidi_Control, and three of no width."""
