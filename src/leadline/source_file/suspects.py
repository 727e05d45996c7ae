"""Cells that are hardly what their owner wrote: words for nothing, keys that a spreadsheet spoiled."""

import re
from collections import Counter
from collections.abc import Sequence

_WORDS = (
    *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
    *("\\N", "NaN", "<nil>", "nil", "<null>", "(null)", "[null]", "None", "undefined", "(blank)", "<blank>"),
    *("N/A", "n.a.", "NA", "-", "--", "?", "???", "TBD", "unknown", "(none)", "[object Object]"),
)
PLACEHOLDERS = frozenset(case for word in _WORDS for case in (word, word.lower(), word.upper()))
CLEARING = frozenset(("NULL", "null", "Null"))
"""The word that clears a field (contract §3.5), as programs write it."""

_WORDS_FOR_NOTHING = PLACEHOLDERS | CLEARING

_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E[+-]?[0-9]{1,3}", re.IGNORECASE)
_FORMULA = re.compile(r'="[^"]*"')
_HIDDEN = re.compile(r"#{3,}")
_TWICE_ENCODED = re.compile(
    "[\u00c2\u00c3\u00c5][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
NUMBER, FORMULA, HIDDEN, LETTERS = "number", "formula", "hidden", "letters"
_TESTS = (
    (NUMBER, re.compile("[Ee](?<=[0-9].)[+-]?[0-9]"), _SCIENTIFIC.fullmatch),
    (FORMULA, re.compile('="'), _FORMULA.fullmatch),
    (HIDDEN, re.compile("###"), _HIDDEN.fullmatch),
    (LETTERS, re.compile("[\u00c2\u00c3\u00c5]"), _TWICE_ENCODED.search),
)
"""What each kind of damage is called, what its cells have in them, and what tells them for sure.

A number of many digits was shortened (`1.23E+12`), a text was kept from being one (`="00123"`), a column was
too narrow (`####`), letters were encoded twice (`MÃ¼ller`).
"""


def placeholders_of(cells: Sequence[str]) -> Counter[str]:
    """Return which words for nothing stand in a column, each with its rows."""
    found = _WORDS_FOR_NOTHING.intersection(cells)
    return Counter({word: cells.count(word) for word in found})


def damages_of(cells: Sequence[str], joined: str) -> dict[str, list[str]]:
    """Return the damaged cells of a column by the kind of damage; `joined` is the text of all together."""
    return {
        kind: found
        for kind, hint, is_damaged in _TESTS
        if not (kind == LETTERS and joined.isascii())
        and hint.search(joined)
        and (found := [cell for cell in cells if is_damaged(cell)])
    }
