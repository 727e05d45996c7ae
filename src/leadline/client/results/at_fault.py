"""Which of the user's cells a reason is about, where the reason names a field (contract §7.3)."""

import re
from collections.abc import Sequence

from leadline.client.results.source_rows import SourceRows

_NAMED = re.compile(r"(?:in field|lookup field|for field) '?(.+?)'?(?: not found)?$")
_INVALID_ADDRESS = "Invalid email address"
_EMAIL = "email"


class AtFault:
    """Finds value and column by the names of fields."""

    def __init__(self, rows: SourceRows) -> None:
        self._rows = rows
        self._places: dict[str, int] = {}
        for column in rows.columns:
            for name in (column.display_name, column.name):
                self._places.setdefault(name.lower(), column.place)
        addresses = [column.place for column in rows.columns if column.data_type == _EMAIL]
        self._address = addresses[0] if len(addresses) == 1 else None

    def cell(self, reason: str, cells: Sequence[str]) -> tuple[str, str]:
        """Return value and column at fault in a row of the user's file, two blanks where it is not known."""
        named = _NAMED.search(reason)
        place = self._places.get(named[1].lower()) if named else None
        if reason == _INVALID_ADDRESS:
            place = self._address
        if place is None:
            return "", ""
        return (cells[place] if place < len(cells) else ""), self._rows.header[place]
