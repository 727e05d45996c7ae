"""Columns of dates: which there are by the describe call, and which order of day and month they have."""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date

from leadline.client.errors import PushError
from leadline.client.fields import Field
from leadline.client.options import Reading
from leadline.client.reading.lookout import ColumnFindings
from leadline.client.reading.scan import Scan
from leadline.client.reading.source import Source
from leadline.source_file.date_order import ORDERS, iso_writer
from leadline.source_file.visible import shown
from leadline.source_file.written_dates import DAY_FIRST, MONTH_FIRST, YEAR_FIRST

_YEARS_AHEAD = 20
_BIRTH = "dateOfBirth"
_MEANT = {MONTH_FIRST: "month first", DAY_FIRST: "day first", YEAR_FIRST: "year first"}
_SHOWN = 60
_EXAMPLES = 3


def date_orders(
    source: Source, fields: Sequence[Field | None], scan: Scan, reading: Reading
) -> dict[int, str]:
    """Return the order of each column that has dates other than ISO 8601; ask where cells do not tell."""
    dated = {
        source.header[place].strip(): place for place, field in enumerate(fields) if field and field.is_dated
    }
    faults = _faults_of(reading, dated)
    orders: dict[int, str] = {}
    for column, place in dated.items():
        found = scan.findings.get(place)
        if found is None or not found.dates.has_dates:
            continue
        named = reading.dates_of.get(column)
        order = named or reading.dates or found.dates.decided
        if order and (named or not _is_against(found, order)):
            orders[place] = order
        elif order:
            faults.append(_objection(column, found, order))
        else:
            faults.append(_question(column, found))
    if faults:
        raise PushError(*faults)
    return orders


def _faults_of(reading: Reading, dated: Container[str]) -> list[str]:
    """Return what is wrong with the orders that were said, a sentence each."""
    said = dict.fromkeys((reading.dates, *reading.dates_of.values()))
    faults = [
        f"There is no order of dates {shown(str(order), _SHOWN)}: --dates takes {', '.join(ORDERS)}."
        for order in said
        if order not in (None, *ORDERS)
    ]
    faults += [
        f"--dates names “{shown(column, _SHOWN)}”, which is no column of dates."
        for column in reading.dates_of
        if column not in dated
    ]
    return faults


def _is_against(found: ColumnFindings, order: str) -> bool:
    """Tell whether the cells of a column prove another order, which fits all of them."""
    is_proved = any(order not in group.split() for group in found.dates.groups)
    return is_proved and found.dates.decided not in (None, order)


def _objection(column: str, found: ColumnFindings, order: str) -> str:
    proved = found.dates.decided or ""
    row, cell = found.proof(proved)
    because = f": row {row} has {shown(cell, _SHOWN)}" if row else ""
    name = shown(column, _SHOWN)
    return (
        f"The dates of “{name}” are {_MEANT[proved]}, not {order}{because}. "
        f"Say --dates '{name}={proved}' too, or '{name}={order}' where that is meant: "
        "dates that do not fit it are sent as they are."
    )


def _question(column: str, found: ColumnFindings) -> str:
    proofs = [
        f"row {row} has {shown(cell, _SHOWN)}, which is {_MEANT[order]}"
        for order in ORDERS
        for row, cell in [found.proof(order)]
        if row
    ]
    dates = f"The dates of “{shown(column, _SHOWN)}”"
    if len(proofs) < 2:
        told = next(iter(proofs), "no row of it fits one order only")
        return f"{dates} may be month first or day first: {told}. Say --dates mdy or --dates dmy."
    return (
        f"{dates} are not all in one order: {' but '.join(proofs)}. Mend the file, or say --dates with the "
        f"order of most, {', '.join(ORDERS)}: those that do not fit it are sent as they are."
    )


def unfit_dates(source: Source, orders: dict[int, str], scan: Scan) -> Iterator[str]:
    """Yield a line for each column with dates that are sent as they are, as its order does not fit them."""
    for place, found in scan.findings.items():
        order, column = orders.get(place), shown(source.header[place], _SHOWN)
        fitting = {tuple(group.split()): proof for group, proof in found.proofs.items()}
        unfit = sorted((len(each), *proof) for each, proof in fitting.items() if order not in each)
        examples = unfit[:_EXAMPLES]  # those first that fit few orders
        named = " and ".join(f"{shown(cell, _SHOWN)} in row {row}" for _, row, cell in examples)
        if unfit:
            yield f"{column} has dates that are not {order}, as {named}: such are sent as they are"


def iso_writers(
    source: Source, fields: Sequence[Field | None], orders: dict[int, str]
) -> dict[int, Callable[[str], str]]:
    """Return what writes the cells of each such column; a year of two digits is near the file's own."""
    return {
        place: iso_writer(order, _last_day(source.written_on, fields[place]))
        for place, order in orders.items()
    }


def _last_day(written: date, field: Field | None) -> date:
    if field is not None and field.name == _BIRTH:
        return written
    return date(written.year + _YEARS_AHEAD, 12, 31)
