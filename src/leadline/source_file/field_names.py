"""Which field a column of a file may mean that has no field's API name (contract §3.4)."""

import difflib
import unicodedata
from collections.abc import Iterable

_CLOSE = 0.85
_LENGTH_MAX = 64
_CLOSE_LOOKS_MAX = 25
"""So many columns are compared with every name; that is slow, and who reads more than these?"""


def plain(name: str) -> str:
    """Return letters and digits of a name, in one case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


class FieldNames:
    """The API names and display names of the fields that a file may have."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        pairs = list(fields)
        self._by_display = {display.casefold(): api for api, display in reversed(pairs)}
        self._by_plain = {plain(api): api for api, _ in pairs}
        for api, display in pairs:
            self._by_plain.setdefault(plain(display), api)
        self._looks_left = _CLOSE_LOOKS_MAX

    def has_display_name(self, column: str) -> bool:
        """Tell whether a column is named as people see a field."""
        return column.casefold() in self._by_display

    def named(self, column: str) -> str | None:
        """Return the API name of the field that a column names, in any case and with any marks, or None."""
        return self._by_display.get(column.casefold()) or self._by_plain.get(plain(column[:_LENGTH_MAX]))

    def near(self, column: str) -> str | None:
        """Return the API name of the field that a column may mean, or None."""
        wanted, found = plain(column[:_LENGTH_MAX]), self.named(column)
        if found is not None or not wanted or self._looks_left == 0:
            return found
        self._looks_left -= 1
        alike = [name for name in self._by_plain if abs(len(name) - len(wanted)) <= len(wanted) // 2]
        close = difflib.get_close_matches(wanted, alike, 1, _CLOSE)
        return self._by_plain[close[0]] if close else None
