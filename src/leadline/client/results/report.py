"""What a push came to: the counts, the exit code, and the file `summary.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadline.client.errors import Exit
from leadline.client.options import FailOn
from leadline.client.results.part_files import write_whole

SUMMARY = "summary.json"


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what became of them; `unknown` ones are among those that are not imported."""

    rows: int = 0
    imported: int = 0
    failed: int = 0
    warned: int = 0
    not_imported: int = 0
    unknown: int = 0

    def __post_init__(self) -> None:
        if self.rows != self.imported + self.failed + self.not_imported:
            raise ValueError(f"rows must be imported, failed or not imported, each of them once: {self}")

    def __add__(self, more: "Counts") -> "Counts":
        return Counts(
            self.rows + more.rows,
            self.imported + more.imported,
            self.failed + more.failed,
            self.warned + more.warned,
            self.not_imported + more.not_imported,
            self.unknown + more.unknown,
        )

    def as_json(self) -> dict[str, int]:
        """Return the counts as the report names them."""
        return {
            "rows": self.rows,
            "imported": self.imported,
            "failed": self.failed,
            "warned": self.warned,
            "notImported": self.not_imported,
            "unknown": self.unknown,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Counts":
        """Read what `as_json` wrote."""
        return cls(
            kept["rows"],
            kept["imported"],
            kept["failed"],
            kept["warned"],
            kept["notImported"],
            kept["unknown"],
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The end of a push; `message` says in sentences what to look at and what cannot be known.

    `out` is where the result files are, None where none were written.
    """

    counts: Counts
    pieces: int
    calls: int
    exit: Exit
    message: str
    out: Path | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as `summary.json` and `--json` have it."""
        return {
            **self.counts.as_json(),
            "pieces": self.pieces,
            "calls": self.calls,
            "exit": int(self.exit),
            "message": self.message,
        }

    def write(self, folder: Path) -> None:
        """Write `summary.json`."""
        with write_whole(folder / SUMMARY) as file:
            json.dump(self.as_json(), file, ensure_ascii=False, indent=2)
            file.write("\n")


def exit_of(counts: Counts, fail_on: FailOn) -> Exit:
    """Return how a push ended whose every piece is settled."""
    missing = counts.failed + counts.not_imported
    has_failed = {
        FailOn.ANY: missing > 0,
        FailOn.ALL: missing > 0 and counts.imported == 0,
        FailOn.NEVER: False,
    }
    return Exit.ROWS_MISSING if has_failed[fail_on] else Exit.IMPORTED
