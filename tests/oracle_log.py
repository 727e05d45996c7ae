"""The change log of an import in plain Python: which rows wrote which cells, and from what to what."""

from dataclasses import dataclass, field
from typing import Any

Cell = tuple[int, str]
"""A record's id and a field's API name."""


@dataclass
class Log:
    """What a whole file changes, wherever it is cut.

    `written` has old value, new value and the last row that wrote, of cells of records that were there
    before; `made` the last row that wrote, for cells of records that the file makes.
    """

    written: dict[Cell, tuple[Any, Any, int]] = field(default_factory=dict)
    made: dict[int, dict[str, int]] = field(default_factory=dict)

    def write(self, record: int, name: str, old: object, new: object, row: int) -> None:
        """Note that a row writes a cell, be it back to what it was before the file."""
        if record in self.made:
            self.made[record][name] = row
        else:
            first, _, _ = self.written.get((record, name), (old, None, 0))
            self.written[record, name] = first, new, row
