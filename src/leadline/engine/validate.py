"""Each rule that looks at one row alone, as columns (contract §3.5, §4.4, §7.3, §8).

Out of a frame of cells comes a frame of rows: `row`, `key`, `reason` of a failure,
`warning`, and for each assigned field its value in `f_...` and `set_f_...`, which is
true where the row writes it.
"""

from itertools import product

import polars as pl

from leadline.engine.cells import READERS, trimmed
from leadline.engine.columns import (
    blank_column,
    cell_column,
    cell_columns,
    invalid_column,
    long_column,
    set_column,
)
from leadline.engine.day_first import fits_both
from leadline.engine.few_rows import select, with_columns
from leadline.engine.header import PlannedColumn
from leadline.engine.keys import are_blank, key_of
from leadline.engine.plan import MergePlan
from leadline.engine.reader import CHUNK_BYTES
from leadline.engine.reasons import Fault, each_fault, fault, first_reason, known_fault, reason_columns
from leadline.model.records import Action
from leadline.schema.catalog import Field
from leadline.schema.record_errors import (
    AMBIGUOUS_DATE,
    INVALID_EMAIL,
    INVALID_ROW,
    TOO_LONG,
    RecordError,
)
from leadline.schema.types import Cell

_NULL_WORDS = ["".join(letters) for letters in product("nN", "uU", "lL", "lL")]
_LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL_PATTERN = rf"^{_LOCAL_PART}@{_LABEL}(?:\.{_LABEL})+$"


def validate(cells: pl.DataFrame, plan: MergePlan, *, may_have_nul: bool = True) -> pl.DataFrame:
    """Check the rows of a chunk; no row is dropped and the order stays.

    `cells` has `row`, `fault` (what is wrong with the row whatever its cells say, or null) and the
    texts `c0`, `c1`, ...; in a call a null cell is one that is not there. Rows of a file have
    `row_fault` and `row_warning` too, which count where the cells give no reason. Where no cell can have
    a NUL, none is looked for.
    """
    frame, failures, warnings = _read(cells, plan, may_have_nul=may_have_nul)
    fields = [column.field for column in plan.columns if column.field.column != "id"]
    values = [name for field in fields for name in (field.column, set_column(field))]
    key, warning = key_of(frame, plan).alias("key"), first_reason(warnings).alias("warning")
    return select(frame, "row", key, *reason_columns(failures, plan), warning, *values)


def all_faults(cells: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Return every fault for which `validate` fails rows, as `each_fault` does, the reason it gives first."""
    frame, failures, _ = _read(cells, plan)
    return each_fault(frame, failures)


def _read(
    cells: pl.DataFrame, plan: MergePlan, *, may_have_nul: bool = True
) -> tuple[pl.DataFrame, list[Fault], list[Fault]]:
    """Read the columns; return the frame with their values, what fails its rows, and what warns of them."""
    frame = cells
    failures = [*_known(frame, "fault", plan), *_oversized(frame)]
    warnings: list[Fault] = []
    present = {column.field for column in plan.columns}
    if plan.action is not Action.CREATE_DUPLICATE and not present.issuperset(plan.key.fields):
        failures.append(fault(pl.lit(True), plan.key.missing, name=plan.key.name))
    frame = _read_columns(frame, plan, may_have_nul)
    for column in plan.columns:
        failures += _cell_failures(frame, column, plan)
        warnings += _cell_warnings(frame, column, plan)
    failures += _known(frame, "row_fault", plan)
    warnings += _known(frame, "row_warning", plan)
    return frame, failures, warnings


def _flagged(
    frame: pl.DataFrame, flag: str, error: RecordError, place: int, **values: str | pl.Expr
) -> list[Fault]:
    """Return the fault of the flagged rows; nothing when, as almost always, there are none."""
    return [fault(pl.col(flag), error, place, **values)] if frame[flag].any() else []


def _known(frame: pl.DataFrame, name: str, plan: MergePlan) -> list[Fault]:
    """Return the faults in a column of reasons, where there is one and it holds any."""
    is_there = name in frame.columns and frame[name].null_count() < frame.height
    return [known_fault(plan, name, f"{name}_code")] if is_there else []


def _oversized(cells: pl.DataFrame) -> list[Fault]:
    """Return the fault of rows that exceed what a reader takes; almost always there is nothing to add up."""
    if cells.estimated_size() <= CHUNK_BYTES:
        return []
    lengths = [pl.col(name).str.len_bytes() for name in cell_columns(cells.columns)]
    return [fault(pl.sum_horizontal(lengths) > CHUNK_BYTES, INVALID_ROW)]


def _read_columns(frame: pl.DataFrame, plan: MergePlan, may_have_nul: bool) -> pl.DataFrame:
    """Add the value of each column and the flags `set_`, `invalid_`, `long_` and `blank_` of its field.

    All columns take each step together: for few rows it is the number of passes that costs.
    """
    if not plan.columns:
        return frame
    texts = select(frame, (_text_of(each).alias(each.field.column) for each in plan.columns))
    looks = texts.select_seq(
        look for each in plan.columns for look in _looks_at(each.field, plan, may_have_nul)
    )
    values = (column for each in plan.columns for column in _values_of(each.field, texts, looks, plan))
    frame = with_columns(frame, values)
    frame = with_columns(frame, (column for each in plan.columns for column in _checked_values(each.field)))
    cut = [field for each in plan.columns if _is_cut(field := each.field, plan)]
    too_long = [field for field in cut if frame[long_column(field)].any()]
    return frame.with_columns(_cut(field) for field in too_long) if too_long else frame


def _text_of(column: PlannedColumn) -> pl.Expr:
    cell = pl.col(cell_column(column.index))
    return cell if column.field.type.cell is Cell.TEXT else trimmed(cell)


def _looks_at(field: Field, plan: MergePlan, may_have_nul: bool) -> list[pl.Expr]:
    """Tell of each text whether it is blank, the word for no value, or has a NUL."""
    text = pl.col(field.column)
    blank = are_blank(text) if field in plan.key.fields or field.link is not None else text == ""
    return [
        blank.fill_null(value=False).alias(blank_column(field)),
        text.is_in(_NULL_WORDS).alias(set_column(field)),
        (text.str.contains("\0", literal=True) if may_have_nul else pl.lit(False)).alias(
            invalid_column(field)
        ),
    ]


def _values_of(field: Field, texts: pl.DataFrame, looks: pl.DataFrame, plan: MergePlan) -> list[pl.Expr]:
    """Return a field's value as its text says it, and the flags that follow from the text."""
    text, blank, clear = texts[field.column], looks[blank_column(field)], looks[set_column(field)]
    if plan.from_call:
        given, clears = text.is_not_null() & ~blank, blank
    else:
        given = ~blank & ~clear
        clears = (clear | blank) if plan.rules.blank_cells == "clear" else clear
    value = READERS[field.type.cell](pl.when(given).then(text), plan.date_defaults(field))
    is_kept = field.link and not field.link.removable
    return [
        value.alias(field.column),
        pl.lit(~given).alias(blank_column(field)),
        pl.lit(given if is_kept else given | clears).alias(set_column(field)),
        pl.lit(given & looks[invalid_column(field)]).alias(invalid_column(field)),
    ]


def _checked_values(field: Field) -> list[pl.Expr]:
    """Return a field's value where one is given, and the flags that follow from the value."""
    value, given = pl.col(field.column), ~pl.col(blank_column(field))
    return [
        (pl.col(invalid_column(field)) | (given & value.is_null())).alias(invalid_column(field)),
        _exceeds(value, field).alias(long_column(field)),
        pl.when(given).then(value).alias(field.column),
    ]


def _exceeds(value: pl.Expr, field: Field) -> pl.Expr:
    limits = []
    if field.length is not None:
        limits.append(value.str.len_chars() > field.length)
    if field.type.bytes_max is not None:
        limits.append(value.str.len_bytes() > field.type.bytes_max)
    return pl.any_horizontal(limits).fill_null(False) if limits else pl.lit(False)


def _is_cut(field: Field, plan: MergePlan) -> bool:
    """Tell whether what is too long is cut: never a key, for two would become one."""
    return plan.rules.overlong == "truncate" and field not in plan.key.fields


def _cut(field: Field) -> pl.Expr:
    """Return a field's value, cut where it is too long."""
    value = whole = pl.col(field.column)
    if field.length is not None:
        value = value.str.head(field.length)
    bytes_max = field.type.bytes_max
    if bytes_max is not None:
        value = value.map_elements(
            lambda text: text.encode()[:bytes_max].decode("utf-8", "ignore"), pl.String
        )
    return pl.when(pl.col(long_column(field))).then(value).otherwise(whole).alias(field.column)


def _cell_failures(frame: pl.DataFrame, column: PlannedColumn, plan: MergePlan) -> list[Fault]:
    field, place = column.field, column.index
    values: dict[str, str | pl.Expr] = {
        "field": field.display_name,
        "value": pl.col(cell_column(column.index)),
        "type": field.type.name,
    }
    failures = _flagged(frame, invalid_column(field), plan.wording.invalid_value, place, **values)
    if not _is_cut(field, plan):
        failures += _flagged(frame, long_column(field), TOO_LONG, place, field=field.display_name)
    if field in plan.key.fields and plan.action is not Action.CREATE_DUPLICATE:
        failures += _flagged(frame, blank_column(field), plan.key.missing, place, name=plan.key.name)
    return failures + _ambiguous(column, plan, "fail")


def _cell_warnings(frame: pl.DataFrame, column: PlannedColumn, plan: MergePlan) -> list[Fault]:
    field, name = column.field, column.field.column
    warnings: list[Fault] = []
    if field.type.cell is Cell.EMAIL:
        malformed = ~pl.col(blank_column(field)) & ~pl.col(name).str.contains(EMAIL_PATTERN)
        warnings.append(fault(malformed, INVALID_EMAIL, column.index))
    if _is_cut(field, plan):
        warnings += _flagged(frame, long_column(field), TOO_LONG, column.index, field=field.display_name)
    return warnings + _ambiguous(column, plan, "warn")


def _ambiguous(column: PlannedColumn, plan: MergePlan, rule: str) -> list[Fault]:
    """Return the fault of dates that may be read in two ways, in a column where others are day first only."""
    if column.index not in plan.day_first or plan.rules.ambiguous_dates != rule:
        return []
    either = pl.col(column.field.column).is_not_null() & fits_both(trimmed(pl.col(cell_column(column.index))))
    return [fault(either, AMBIGUOUS_DATE, column.index, field=column.field.display_name)]
