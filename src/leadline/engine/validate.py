"""Each rule that looks at one row alone, as columns (contract §3.5, §4.4, §7.3, §8).

Out of a frame of cells comes a frame of rows: `row`, `key`, `reason` of a failure,
`warning`, and for each assigned field its value in `f_...` and `set_f_...`, which is
true where the row writes it.
"""

from itertools import product

import polars as pl

from leadline.config import Rules
from leadline.engine.cells import READERS
from leadline.engine.header import PlannedColumn
from leadline.engine.plan import ImportPlan
from leadline.engine.reader import CHUNK_BYTES
from leadline.schema.catalog import Field
from leadline.schema.types import WHITESPACE, Cell

INVALID_ROW = "Invalid row format"
LONG_ROW = "Row has more values than the header"
INVALID_EMAIL = "Invalid email address"

_NULL_WORDS = ["".join(letters) for letters in product("nN", "uU", "lL", "lL")]
_LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL_PATTERN = rf"^{_LOCAL_PART}@{_LABEL}(?:\.{_LABEL})+$"


def missing_key(field: Field) -> str:
    """Return the reason of a row without its key."""
    return f"Value for lookup field '{field.name}' not found"


def invalid_type(field: Field) -> str:
    """Return the reason of a cell that is not of its field's type."""
    return f"Invalid data type in field {field.display_name}"


def too_long(field: Field) -> str:
    """Return the reason of a text beyond its field's length."""
    return f"Value too long in field {field.display_name}"


def validate(cells: pl.DataFrame, plan: ImportPlan) -> pl.DataFrame:
    """Check the rows of a chunk; no row is dropped and the order stays."""
    frame = cells.with_columns(pl.col("unreadable") | _oversized(cells, plan))
    failures = _flagged(frame, "unreadable", INVALID_ROW)
    warnings: list[pl.Expr] = []
    if not any(column.field is plan.lookup for column in plan.columns):
        failures.append(pl.lit(missing_key(plan.lookup)))
    for column in plan.columns:
        frame = _read_column(frame, column, plan.rules)
        failures += _cell_failures(frame, column, plan)
        warnings += _cell_warnings(frame, column, plan.rules)
    if plan.rules.long_rows == "fail":
        failures += _flagged(frame, "long", LONG_ROW)
    if plan.rules.long_rows == "warn":
        warnings += _flagged(frame, "long", LONG_ROW)
    wanted = [name for field in plan.fields for name in (field.column, f"set_{field.column}")]
    return _with_key(frame, plan).select(
        "row", "key", _first(failures).alias("reason"), _first(warnings).alias("warning"), *wanted
    )


def _flagged(frame: pl.DataFrame, flag: str, reason: str) -> list[pl.Expr]:
    """Return the reason of the flagged rows; nothing when, as almost always, there are none."""
    return [pl.when(pl.col(flag)).then(pl.lit(reason))] if frame[flag].any() else []


def _first(reasons: list[pl.Expr]) -> pl.Expr:
    return pl.coalesce(reasons) if reasons else pl.lit(None, pl.String)


def _oversized(cells: pl.DataFrame, plan: ImportPlan) -> pl.Expr:
    """Tell which rows exceed what a reader takes; almost always there is nothing to add up."""
    if cells.estimated_size() <= CHUNK_BYTES:
        return pl.lit(False)
    lengths = [pl.col(f"c{index}").str.len_bytes() for index in range(plan.width)]
    return pl.sum_horizontal(lengths) > CHUNK_BYTES


def _read_column(frame: pl.DataFrame, column: PlannedColumn, rules: Rules) -> pl.DataFrame:
    """Add the value of a column and the flags `set_`, `bad_`, `long_` and `blank_` of its field."""
    field, name = column.field, column.field.column
    text = pl.col(f"c{column.index}")
    is_text = field.type.cell is Cell.TEXT
    content = text if is_text else text.str.strip_chars(WHITESPACE)
    blank, clear = content == "", text.is_in(_NULL_WORDS)
    given = ~blank & ~clear
    value = READERS[field.type.cell](pl.when(given).then(text), rules.time_zone)
    has_nul = text.str.contains("\0", literal=True)
    clears = (clear | blank) if rules.blank_cells == "clear" else clear
    if field.link:
        clears = pl.lit(False)
    cleared = pl.lit(0 if field.is_boolean else None)
    frame = frame.with_columns(
        value.alias(name),
        (~given).alias(f"blank_{name}"),
        (given | clears).alias(f"set_{name}"),
        (given & has_nul).alias(f"bad_{name}"),
    )
    frame = frame.with_columns(
        (pl.col(f"bad_{name}") | (given & pl.col(name).is_null())).alias(f"bad_{name}"),
        _exceeds(pl.col(name), field).alias(f"long_{name}"),
        pl.when(given).then(pl.col(name)).otherwise(cleared).alias(name),
    )
    if rules.overlong == "truncate" and frame[f"long_{name}"].any():
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


def _cut(value: pl.Expr, field: Field) -> pl.Expr:
    if field.length is not None:
        value = value.str.head(field.length)
    bytes_max = field.type.bytes_max
    if bytes_max is not None:
        value = value.map_elements(
            lambda text: text.encode()[:bytes_max].decode("utf-8", "ignore"), pl.String
        )
    return value


def _cell_failures(frame: pl.DataFrame, column: PlannedColumn, plan: ImportPlan) -> list[pl.Expr]:
    field, name = column.field, column.field.column
    failures = _flagged(frame, f"bad_{name}", invalid_type(field))
    if plan.rules.overlong == "fail":
        failures += _flagged(frame, f"long_{name}", too_long(field))
    if field is plan.lookup:
        failures += _flagged(frame, f"blank_{name}", missing_key(field))
    return failures


def _cell_warnings(frame: pl.DataFrame, column: PlannedColumn, rules: Rules) -> list[pl.Expr]:
    field, name = column.field, column.field.column
    warnings: list[pl.Expr] = []
    if field.type.cell is Cell.EMAIL:
        malformed = ~pl.col(f"blank_{name}") & ~pl.col(name).str.contains(EMAIL_PATTERN)
        warnings.append(pl.when(malformed).then(pl.lit(INVALID_EMAIL)))
    if rules.overlong == "truncate":
        warnings += _flagged(frame, f"long_{name}", too_long(field))
    return warnings


def _with_key(frame: pl.DataFrame, plan: ImportPlan) -> pl.DataFrame:
    """Add `key`, by which records are found: null where the row has none."""
    name = plan.lookup.column
    if name not in frame.columns:
        return frame.with_columns(pl.lit(None, pl.String).alias("key"))
    present = frame.select(pl.when(~pl.col(f"blank_{name}")).then(pl.col(name))).to_series()
    key = present if plan.lookup.key_column == name else fold_keys(present)
    return frame.with_columns(key.alias("key"))


def fold_keys(values: pl.Series) -> pl.Series:
    """Return the lower-case form of text keys, exactly as `schema.types.fold_key` does.

    E-mail values come stripped. The data-frame library knows newer letters than Python
    does, so whatever is not ASCII is folded by Python, once for each distinct value.
    """
    lowered = values.str.to_lowercase()
    foreign = values.str.contains(r"[^\x00-\x7F]")
    if not foreign.any():
        return lowered
    folded = {text: text.lower() for text in values.filter(foreign).unique()}
    return (
        pl.DataFrame({"value": values, "lowered": lowered})
        .select(pl.coalesce(pl.col("value").replace_strict(folded, default=None), pl.col("lowered")))
        .to_series()
    )
