"""Files for the tests of reading, and what the csv module makes of them, one row at a time."""

import csv
import io
from collections.abc import Mapping as Renamed
from dataclasses import replace
from pathlib import Path

from leadline.client.fields import Field
from leadline.client.options import Order, Pace, PushOptions, Reading, Target
from leadline.client.plan import Plan
from leadline.client.reading import Mapping, Source, make_plan, match_columns, open_source, piece_content
from leadline.source_file.outer_space import OUTER_SPACE

FIELDS = (
    Field("email", "Email Address", "email", is_key=True),
    Field("firstName", "First Name", "string"),
    Field("lastName", "Last Name", "string"),
    Field("company", "Company Name", "string"),
    Field("dateOfBirth", "Date of Birth", "date"),
    Field("signedUp", "Signed Up", "datetime"),
    Field("createdAt", "Created At", "datetime", is_writable=False),
)


class Opened:
    """A file that was opened, mapped and planned."""

    source: Source
    mapping: Mapping
    plan: Plan

    def __init__(self, path: Path, options: PushOptions) -> None:
        self.source = open_source(path, options.reading)
        self.mapping = match_columns(self.source, FIELDS, options)
        self.plan = make_plan(self.source, self.mapping, options)

    def contents(self) -> list[bytes]:
        return [b"".join(piece_content(self.source, self.mapping, piece)) for piece in self.plan.pieces]


FORMATS = {",": "csv", "\t": "tsv", ";": "ssv"}


def options_for(
    path: Path,
    piece_bytes: int = 9_000_000,
    order: Order = Order.AUTO,
    renamed: Renamed[str, str] | None = None,
    dates: str | None = None,
    format: str = "auto",
    encoding: str = "auto",
    dates_of: Renamed[str, str] | None = None,
) -> PushOptions:
    return PushOptions(
        path,
        target=Target(),
        reading=Reading(format, encoding, renamed or {}, dates, dates_of or {}),
        pace=replace(Pace(), piece_mb=piece_bytes / 1e6),
        order=order,
    )


def rows_in(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows of a text that have a value, its header first, as the csv module reads them."""
    csv.field_size_limit(2**30)
    lines = io.StringIO(text, newline="")
    return [row for row in csv.reader(lines, delimiter=delimiter) if "".join(row).strip(OUTER_SPACE + "\x1a")]
