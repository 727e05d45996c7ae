"""Which field each column of a file goes into, and what is told before anything is sent."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from leadline.client.added_columns import WARNING_REASON
from leadline.client.counted import counted, rows
from leadline.client.errors import PushError
from leadline.client.fields import Field
from leadline.client.options import Kind, PushOptions, Target
from leadline.client.reading.dates import date_orders, iso_writers, unfit_dates
from leadline.client.reading.lookout import ColumnFindings
from leadline.client.reading.scan import Scan
from leadline.client.reading.source import FORMATS, Source
from leadline.client.reading.totals import total_in
from leadline.source_file.delimiters import NAMES
from leadline.source_file.field_names import FieldNames
from leadline.source_file.spellings import field_meant
from leadline.source_file.visible import shown

if TYPE_CHECKING:
    from leadline.client.reading.rewriting import Rewriter

_SHOWN = 60
_WORD_SHOWN = 30


@dataclass(frozen=True)
class Mapping:
    """Where the columns of a file go; `fields` has None for a column that is not sent.

    `dates` has the order of day and month of each column whose dates are written anew, by its place; `keys`
    are the places of the columns by which records are found. `guesses` are those of columns whose field was
    told from a name that is not its own.
    """

    source: Source
    fields: tuple[Field | None, ...]
    keys: tuple[int, ...]
    dates: dict[int, str]
    scan: Scan
    guesses: frozenset[int] = frozenset()

    @property
    def sent(self) -> tuple[tuple[int, Field], ...]:
        """The columns that are sent, each with its place in the file."""
        return tuple((place, field) for place, field in enumerate(self.fields) if field is not None)

    @cached_property
    def rewriter(self) -> "Rewriter":
        """What writes rows anew, a column at a time."""
        from leadline.client.reading.rewriting import Rewriter

        return Rewriter(self.source, [place for place, _ in self.sent], self.date_writers)

    @cached_property
    def date_writers(self) -> dict[int, Callable[[str], str]]:
        """What writes the cells of columns of dates."""
        return iso_writers(self.source, self.fields, self.dates)

    @property
    def rows(self) -> int:
        """How many data rows the file has."""
        return self.scan.rows

    @property
    def is_copied(self) -> bool:
        """Whether rows are sent with the very characters that they have in the file."""
        source = self.source
        is_usual = source.delimiter in FORMATS and source.line_end != "\r"
        return is_usual and not self.dates and None not in self.fields

    @property
    def suspects(self) -> dict[str, ColumnFindings]:
        """What looks like no value or a damaged one, by the header of its column."""
        return {
            self.source.header[place]: found for place, found in self.scan.findings.items() if found.suspects
        }

    @property
    def fingerprint(self) -> str:
        """A hash of all that decides how rows are written."""
        names = [field and field.name for field in self.fields]
        shape = [
            self.source.encoding.codec,
            self.source.delimiter,
            names,
            self.keys,
            sorted(self.dates.items()),
        ]
        return hashlib.sha256(json.dumps(shape).encode()).hexdigest()

    @property
    def encoding_doubt(self) -> str:
        """What to look at where the encoding is a guess, or nothing."""
        encoding = self.source.encoding
        if encoding.is_sure:
            return ""
        words = ", ".join(shown(word, _WORD_SHOWN) for word in encoding.words)
        return f"a guess: say --encoding where letters look wrong, as in {words}"

    @cached_property
    def total(self) -> str:
        """What to tell of a last row that looks like a total, or nothing."""
        return total_in(self.source, self.scan, self.keys)

    @property
    def doubts(self) -> list[str]:
        """What a person must have seen before anything is sent, a sentence each."""
        guessed = [
            f"“{self.source.header[place]}” to {field.name}"
            for place, field in self.sent
            if place in self.guesses
        ]
        told = []
        if guessed:
            told.append(
                f"Of some columns the field is a guess: {', '.join(guessed)}. "
                "--map 'COLUMN=field' names another."
            )
        if self.encoding_doubt:
            told.append(f"The encoding {self.source.encoding.name} is {self.encoding_doubt}.")
        if self.total:
            told.append(f"{self.total}. It would be sent like the others: take it out where it is one.")
        return told

    def lines(self) -> list[str]:
        """Return what a person reads before anything is sent."""
        source = self.source
        doubt = f" ({self.encoding_doubt})" if self.encoding_doubt else ""
        told = [f"{rows(self.rows)}, {NAMES[source.delimiter]} between cells, {source.encoding.name}{doubt}"]
        for place, (column, field) in enumerate(zip(source.header, self.fields, strict=True)):
            key = ", finds records" if place in self.keys else ""
            order = f", dates {self.dates[place]} to ISO" if place in self.dates else ""
            guess = " (a guess)" if place in self.guesses else ""
            target = f"{field.name}{guess}{key}{order}" if field else "not sent"
            told.append(f"{shown(column, _SHOWN)} -> {target}")
        for column, found in self.suspects.items():
            told.append(f"{shown(column, _SHOWN)} has {found.sentence()}")
        told += unfit_dates(source, self.dates, self.scan)
        told += filter(None, [self.total])
        if self.scan.torn_row is not None:
            told.append(f"Row {self.scan.torn_row} or one soon after has text behind a closing quote")
        if self.scan.ragged:
            told.append(f"{counted(self.scan.ragged, 'row has', 'rows have')} more cells than the header")
        return told


def match_columns(source: Source, fields: Sequence[Field], options: PushOptions) -> Mapping:
    """Name the field of each column, then read the file through; all that is unclear is told at once."""
    from leadline.client.reading.scanner import scanned

    names = _names_of(source, fields, options)
    by_name = {field.name: field for field in fields}
    found = tuple(by_name[name] if name else None for name in names)
    keys = _keys_of(found, fields, options.target)
    scan = scanned(source, found, keys, options)
    _refuse_nameless(source, scan, options)
    orders = date_orders(source, found, scan, options.reading)
    guesses = frozenset(
        place
        for place, (column, field) in enumerate(zip(source.header, found, strict=True))
        if field and options.reading.said_of(column) is None and not field.is_named(column)
    )
    return Mapping(source, found, keys, orders, scan, guesses)


def key_fields(fields: Sequence[Field], target: Target) -> tuple[str, ...]:
    """Return the names of the fields by which a server finds the record of a row (contract §2)."""
    if target.kind is Kind.OBJECT and not target.lookup_field:
        return tuple(field.name for field in fields if field.is_key)
    wanted = (target.lookup_field or "email").lower()
    return tuple(field.name for field in fields if field.name.lower() == wanted)


def _names_of(source: Source, fields: Sequence[Field], options: PushOptions) -> list[str]:
    """Return the field of each column by name, "" for a column that is not sent."""
    there = {*source.header, *(column.strip() for column in source.header)}
    faults = [
        f"--map names the column “{shown(each, _SHOWN)}”, which the file does not have."
        for each in options.reading.renamed
        if each not in there
    ]
    exact = {field.name.lower(): field for field in fields}
    known = FieldNames((field.name, field.display_name) for field in fields)
    keys = key_fields(fields, options.target)
    found: list[str] = []
    unknown: list[str] = []
    for place, column in enumerate(source.header):
        said = options.reading.said_of(column)
        if _is_added(source, place) or (not column.strip() and said is None):
            found.append("")
            continue
        wanted = column if said is None else said
        field = exact.get(wanted.lower())
        if field is None and said is None:
            field = exact.get((field_meant(column, known) or "").lower())
        if field is None and said:
            faults.append(
                f"--map sends “{shown(column, _SHOWN)}” to {shown(wanted, _SHOWN)}, which is no field."
            )
        elif field is None and wanted:
            unknown.append(column)
        elif field and not field.is_writable and field.name not in keys:
            unknown.append(f"{column} ({field.name} is read-only)")
        found.append(field.name if field else "")
    if unknown:
        named = ", ".join(f"“{shown(each, _SHOWN)}”" for each in unknown)
        faults.append(
            f"No field has the name of {named}: say --map 'COLUMN=field' for each, "
            "or --map 'COLUMN=' to leave it out."
        )
    faults += _named_twice(source, found)
    if faults:
        raise PushError(*faults)
    return found


def _is_added(source: Source, place: int) -> bool:
    return place in source.added.values() or (
        bool(source.added) and source.header[place].strip() == WARNING_REASON
    )


def _named_twice(source: Source, names: Sequence[str]) -> Iterator[str]:
    for name, count in Counter(filter(None, names)).items():
        if count > 1:
            columns = [source.header[place] for place, own in enumerate(names) if own == name]
            listed = " and ".join(f"“{shown(each, _SHOWN)}”" for each in columns)
            advice = f"say --map '{columns[-1]}=' to leave one out"
            if len(set(columns)) < len(columns):
                advice = "rename one of them in the file"
            yield f"{listed} would go into the same field, {name}: {advice}."


def _keys_of(fields: Sequence[Field | None], known: Sequence[Field], target: Target) -> tuple[int, ...]:
    """Return the places of the columns by which records are found; without one nothing is found."""
    names = [field.name if field else None for field in fields]
    keys = key_fields(known, target)
    missing = [key for key in keys if key not in names]
    if missing or not keys:
        wanted = ", ".join(missing) or target.lookup_field or "email"
        raise PushError(
            f"No column goes into {wanted}, by which records are found: say --map 'COLUMN={wanted}', "
            "or another --lookup-field."
        )
    return tuple(names.index(key) for key in keys)


def _refuse_nameless(source: Source, scan: Scan, options: PushOptions) -> None:
    """Refuse a column without a name that has values: nobody said what they are."""
    nameless = [place for place, column in enumerate(source.header) if not column.strip()]
    nameless = [place for place in nameless if options.reading.said_of(source.header[place]) is None]
    filled = [place + 1 for place in nameless if scan.filled_row.get(place)]
    if filled:
        row = scan.filled_row[filled[0] - 1]
        raise PushError(
            f"Column {', '.join(map(str, filled))} has values, as in row {row}, and no name: "
            "give it one in the file, or say --map '=' to leave it out."
        )
