"""Each rule that looks at one row alone, as columns (contract §3.5, §4.4, §7.3, §8).

Out of a frame of cells comes a frame of rows: `row`, `key`, `reason` of a failure,
`warning`, and for each assigned field its value in `f_...` and `set_f_...`, which is
true where the row writes it.
"""

from itertools import product

import polars as pl

from leadline.engine.cells import READERS, trimmed
from leadline.engine.day_first import fits_both
from leadline.engine.header import PlannedColumn
from leadline.engine.keys import are_blank, key_of
from leadline.engine.plan import MergePlan
from leadline.engine.reader import CHUNK_BYTES
from leadline.engine.wording import INVALID_EMAIL, INVALID_ROW, ambiguous_date, too_long
from leadline.model.records import Action
from leadline.schema.catalog import Field
from leadline.schema.types import Cell

_NULL_WORDS = ["".join(letters) for letters in product("nN", "uU", "lL", "lL")]
_LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL_PATTERN = rf"^{_LOCAL_PART}@{_LABEL}(?:\.{_LABEL})+$"


def validate(cells: pl.DataFrame, plan: MergePlan) -> pl.DataFrame:
    """Check the rows of a chunk; no row is dropped and the order stays.

    `cells` has `row`, `fault` (what is wrong with the row whatever its cells say, or null) and the
    texts `c0`, `c1`, ...; in a call a null cell is one that is not there. Rows of a file have
    `row_fault` and `row_warning` too, which are told where the cells give no reason.
    """
    oversized = pl.when(_oversized(cells)).then(pl.lit(INVALID_ROW))
    frame = cells.with_columns(pl.coalesce(pl.col("fault"), oversized).alias("fault"))
    failures = _told(frame, "fault")
    warnings: list[pl.Expr] = []
    present = {column.field for column in plan.columns}
    if plan.action is not Action.CREATE_DUPLICATE and not present.issuperset(plan.key.fields):
        failures.append(pl.lit(plan.wording.missing_key(plan.key)))
    for column in plan.columns:
        frame = _read_column(frame, column, plan)
        failures += _cell_failures(frame, column, plan)
        warnings += _cell_warnings(frame, column, plan)
    failures += _told(frame, "row_fault")
    warnings += _told(frame, "row_warning")
    names = [column.field.column for column in plan.columns if column.field.column != "id"]
    wanted = [name for column in names for name in (column, f"set_{column}")]
    return frame.with_columns(key_of(frame, plan).alias("key")).select(
        "row", "key", _first(failures).alias("reason"), _first(warnings).alias("warning"), *wanted
    )


def _flagged(frame: pl.DataFrame, flag: str, reason: str | pl.Expr) -> list[pl.Expr]:
    """Return the reason of the flagged rows; nothing when, as almost always, there are none."""
    told = pl.lit(reason) if isinstance(reason, str) else reason
    return [pl.when(pl.col(flag)).then(told)] if frame[flag].any() else []


def _told(frame: pl.DataFrame, name: str) -> list[pl.Expr]:
    """Return a column of reasons, where there is one and it holds any."""
    is_there = name in frame.columns and frame[name].null_count() < frame.height
    return [pl.col(name)] if is_there else []


def _first(reasons: list[pl.Expr]) -> pl.Expr:
    return pl.coalesce(reasons) if reasons else pl.lit(None, pl.String)


def _oversized(cells: pl.DataFrame) -> pl.Expr:
    """Tell which rows exceed what a reader takes; almost always there is nothing to add up."""
    if cells.estimated_size() <= CHUNK_BYTES:
        return pl.lit(False)
    lengths = [pl.col(name).str.len_bytes() for name in cells.columns if name[1:].isdigit()]
    return pl.sum_horizontal(lengths) > CHUNK_BYTES


def _read_column(frame: pl.DataFrame, column: PlannedColumn, plan: MergePlan) -> pl.DataFrame:
    """Add the value of a column and the flags `set_`, `bad_`, `long_` and `blank_` of its field."""
    field, name, rules = column.field, column.field.column, plan.rules
    cell = pl.col(f"c{column.index}")
    text = frame.select(cell if field.type.cell is Cell.TEXT else trimmed(cell)).to_series()
    is_key = field in plan.key.fields or field.link
    blank = (are_blank(text) if is_key else text == "").fill_null(value=False)
    if plan.from_call:
        given, clears = text.is_not_null() & ~blank, blank
    else:
        clear = text.is_in(_NULL_WORDS)
        given = ~blank & ~clear
        clears = (clear | blank) if rules.blank_cells == "clear" else clear
    value = READERS[field.type.cell](pl.when(given).then(text), plan.almanac(field))
    has_nul = text.str.contains("\0", literal=True)
    is_kept = field.link and not field.link.removable
    frame = frame.with_columns(
        value.alias(name),
        (~given).alias(f"blank_{name}"),
        (given if is_kept else given | clears).alias(f"set_{name}"),
        (given & has_nul).alias(f"bad_{name}"),
    )
    frame = frame.with_columns(
        (pl.col(f"bad_{name}") | (given & pl.col(name).is_null())).alias(f"bad_{name}"),
        _exceeds(pl.col(name), field).alias(f"long_{name}"),
        pl.when(given).then(pl.col(name)).alias(name),
    )
    if _is_cut(field, plan) and frame[f"long_{name}"].any():
        frame = frame.with_columns(
            pl.when(pl.col(f"long_{name}"))
            .then(_cut(pl.col(name), field))
            .otherwise(pl.col(name))
            .alias(name)
        )
    return frame


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


def _cut(value: pl.Expr, field: Field) -> pl.Expr:
    if field.length is not None:
        value = value.str.head(field.length)
    bytes_max = field.type.bytes_max
    if bytes_max is not None:
        value = value.map_elements(
            lambda text: text.encode()[:bytes_max].decode("utf-8", "ignore"), pl.String
        )
    return value


def _cell_failures(frame: pl.DataFrame, column: PlannedColumn, plan: MergePlan) -> list[pl.Expr]:
    field, name, wording = column.field, column.field.column, plan.wording
    told = wording.invalid_type(field, pl.col(f"c{column.index}"))
    failures = _flagged(frame, f"bad_{name}", told)
    if not _is_cut(field, plan):
        failures += _flagged(frame, f"long_{name}", wording.too_long(field))
    if field in plan.key.fields and plan.action is not Action.CREATE_DUPLICATE:
        failures += _flagged(frame, f"blank_{name}", wording.missing_key(plan.key))
    return failures + _doubtful(column, plan, "fail")


def _cell_warnings(frame: pl.DataFrame, column: PlannedColumn, plan: MergePlan) -> list[pl.Expr]:
    field, name = column.field, column.field.column
    warnings: list[pl.Expr] = []
    if field.type.cell is Cell.EMAIL:
        malformed = ~pl.col(f"blank_{name}") & ~pl.col(name).str.contains(EMAIL_PATTERN)
        warnings.append(pl.when(malformed).then(pl.lit(INVALID_EMAIL)))
    if _is_cut(field, plan):
        warnings += _flagged(frame, f"long_{name}", too_long(field))
    return warnings + _doubtful(column, plan, "warn")


def _doubtful(column: PlannedColumn, plan: MergePlan, rule: str) -> list[pl.Expr]:
    """Return what is told of dates that may be either, in a column where others are day first only."""
    if column.index not in plan.day_first or plan.rules.ambiguous_dates != rule:
        return []
    either = pl.col(column.field.column).is_not_null() & fits_both(trimmed(pl.col(f"c{column.index}")))
    return [pl.when(either).then(pl.lit(ambiguous_date(column.field)))]
