"""What a push would do: the previews of its pieces, merged (Leadline alone makes previews)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leadline.client.counted import counted

ROWS = ("created", "updated", "unchanged", "failed", "warned")
CELLS = ("overwrites", "fills", "clears", "same", "failed", "ignored")


@dataclass(slots=True)
class Previewed:
    """Rows by what would become of them, cells by column, and why rows would fail or be warned of.

    Each piece is previewed against what is stored now: a key that stands in two pieces is new in both.
    """

    pieces: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    columns: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def take(self, preview: Mapping[str, Any]) -> None:
        """Take the preview of one piece in."""
        self.pieces += 1
        self.rows.update({name: preview["rows"].get(name, 0) for name in ROWS})
        for column in preview.get("columns", ()):
            cells = self.columns.setdefault(column["column"], Counter())
            cells.update({name: column[name] for name in CELLS})
        for each in preview.get("reasons", ()):
            self.reasons[each["kind"], each["reason"], each["column"] or ""] += each["rows"]

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` has it."""
        return {
            "pieces": self.pieces,
            "rows": {name: self.rows[name] for name in ROWS},
            "columns": [
                {"column": name, **{each: cells[each] for each in CELLS}}
                for name, cells in self.columns.items()
            ],
            "reasons": [
                {"kind": kind, "reason": reason, "column": column or None, "rows": rows}
                for (kind, reason, column), rows in self.reasons.most_common()
            ],
        }

    def lines(self) -> list[str]:
        """Return it as a person reads it: rows, then columns, then reasons."""
        words = {name: "row" if self.rows[name] == 1 else "rows" for name in ROWS}
        told = [f"{name:<12}{self.rows[name]:>12,} {words[name]}" for name in ROWS]
        told += ["", *self._table()]
        for (kind, reason, column), rows in self.reasons.most_common():
            where = f" (column {column})" if column else ""
            told.append(f"{kind}: {counted(rows, 'row', 'rows')}: {reason}{where}")
        return told

    def _table(self) -> list[str]:
        """Return the cells of columns in a table."""
        if not self.columns:
            return []
        width = max(len(name) for name in ("column", *self.columns))
        heads = "".join(f"{each:>12}" for each in CELLS)
        rows = [
            f"{name:<{width}}" + "".join(f"{cells[each]:>12,}" for each in CELLS)
            for name, cells in self.columns.items()
        ]
        return [f"{'column':<{width}}{heads}", *rows, ""]
