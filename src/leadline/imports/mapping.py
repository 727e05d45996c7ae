"""Where the columns of a file go: the fields there are, which one a column means, what is unclear."""

from collections.abc import Mapping, Sequence
from datetime import date

from leadline.imports.requests import CheckedForm
from leadline.model.dataclass import dataclass
from leadline.model.jobs import IssueKind
from leadline.schema.types import Cell
from leadline.source_file.date_order import ORDERS
from leadline.source_file.field_names import FieldNames
from leadline.source_file.spellings import field_meant
from leadline.source_file.survey import Survey
from leadline.source_file.visible import shown

_REASONS = frozenset(kind.column.lower() for kind in IssueKind)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field that a column may go into; a key finds records.

    `last_day` is the last day that its dates with a year of two digits may name, None where it has no dates.
    """

    name: str
    display_name: str
    type_name: str
    is_key: bool
    last_day: date | None

    @property
    def is_date(self) -> bool:
        """Whether its cells are days or instants."""
        return self.last_day is not None


class UnclearMappingError(Exception):
    """What must be said before a file can be imported, in sentences."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


def choices_of(checked: CheckedForm, today: date) -> tuple[FieldChoice, ...]:
    """Return the fields that a file may give, those that find records first, then by display name."""
    keys = checked.key.fields
    found: dict[str, FieldChoice] = {}
    for object_type in (checked.object_type, checked.beside) if checked.beside else (checked.object_type,):
        for field in object_type.fields:
            if field in keys or not (field.read_only or field.system):
                choice = FieldChoice(
                    field.name,
                    field.display_name or field.name,
                    field.type.name,
                    field in keys,
                    field.type.last_day(today) if field.type.cell in (Cell.DATE, Cell.DATETIME) else None,
                )
                found.setdefault(field.name.lower(), choice)
    return tuple(sorted(found.values(), key=lambda each: (not each.is_key, each.display_name.casefold())))


def suggested(
    survey: Survey, fields: Sequence[FieldChoice], checked: CheckedForm, known: Sequence[str | None] | None
) -> tuple[str | None, ...]:
    """Return the field that each column would go into: the one it went into last, else the one that it means.

    A field is named once. What an earlier import has given back as reasons stays, for it is ignored.
    """
    there = {each.name for each in fields}
    if known is not None and len(known) == len(survey.columns):
        return tuple(name if name in there or is_reason(name) else None for name in known)
    names = FieldNames((each.name, each.display_name) for each in fields)
    exact = {each.name.lower(): each.name for each in fields}
    found: list[str | None] = []
    for column in survey.columns:
        if is_reason(column.name):
            found.append(column.name)
            continue
        if (field := checked.object_type.field(column.name)) and field.name.lower() not in exact:
            found.append(None)  # read-only: it would be ignored
            continue
        found.append(exact.get(column.name.lower()) or field_meant(column.name, names))
    return _each_once(survey, found)


def is_reason(name: str | None) -> bool:
    """Tell whether a column gives the reasons of an earlier import, which are ignored."""
    return name is not None and name.lower() in _REASONS


def _each_once(survey: Survey, names: list[str | None]) -> tuple[str | None, ...]:
    """Leave a field to the fullest of the columns that mean it."""
    best: dict[str, int] = {}
    for place, name in enumerate(names):
        if name is None:
            continue
        if name not in best or survey.columns[place].filled > survey.columns[best[name]].filled:
            best[name] = place
    return tuple(name if name in best and best[name] == place else None for place, name in enumerate(names))


def faults_of(
    survey: Survey, fields: Sequence[FieldChoice], names: Sequence[str | None], orders: Mapping[int, str]
) -> list[str]:
    """Return what must be said or mended before the file can be imported, in sentences."""
    faults = _faults_of_file(survey)
    if len(names) != len(survey.columns):
        return [*faults, "The form does not fit the file any more. Look at the columns and send it again."]
    by_name = {each.name: each for each in fields}
    for name in dict.fromkeys(name for name in names if name is not None):
        columns = [column.name for column, own in zip(survey.columns, names, strict=True) if own == name]
        if name not in by_name and not is_reason(name):
            faults.append(f"There is no field {shown(name, _SHOWN)} any more: choose another for its column.")
        elif len(columns) > 1:
            listed = " and ".join(f"“{shown(each, _SHOWN)}”" for each in columns[:3])
            faults.append(
                f"{listed} go into the same field, {by_name[name].display_name}: choose one of them."
            )
    keys = [each for each in fields if each.is_key]
    missing = [each.display_name for each in keys if each.name not in names]
    if missing:
        faults.append(
            f"No column goes into {', '.join(missing)}, by which records are found: every row would fail."
        )
    for place, (column, own) in enumerate(zip(survey.columns, names, strict=True)):
        is_dated = own in by_name and by_name[own].is_date
        if is_dated and column.dates.open_order and orders.get(place) not in ORDERS:
            faults.append(
                f"Say how the dates of “{shown(column.name, _SHOWN)}” are written: day first or month first."
            )
    return faults


def _faults_of_file(survey: Survey) -> list[str]:
    found = []
    if survey.encoding.fault_line is not None:
        line, name = survey.encoding.fault_line, survey.encoding.name
        found.append(
            f"Line {line} has bytes that are no {name}: choose the encoding in which the sample cells read "
            "right, or mend the file and upload it again."
        )
    if survey.quotes.open_line is not None:
        line = survey.quotes.open_line
        found.append(
            f"A quote that opens in line {line} never closes, so all behind it would be one cell: "
            "mend that line and upload the file again."
        )
    return found
