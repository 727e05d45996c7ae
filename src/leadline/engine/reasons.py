"""Why rows fail, as expressions: the text of the reason, and the code where a call asks for it."""

from collections.abc import Sequence
from string import Formatter

import polars as pl

from leadline.engine.plan import MergePlan
from leadline.model.dataclass import dataclass
from leadline.schema.record_errors import RecordError


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with some rows: `text` is the reason there, and null in every other row.

    `code` is one for all of them, or an expression where they differ. `place` is the column of the file
    whose cell is wrong, None where it is the row as a whole.
    """

    text: pl.Expr
    code: str | pl.Expr | None = None
    place: int | None = None


def fault(condition: pl.Expr, error: RecordError, place: int | None = None, **values: str | pl.Expr) -> Fault:
    """Return the fault of the rows that meet a condition; `values` fill the error's template."""
    return Fault(pl.when(condition).then(text_of(error, **values)), error.code, place)


def known_fault(plan: MergePlan, text: str = "reason", code: str = "code") -> Fault:
    """Return the fault that columns of text and, in a call, of codes hold already."""
    return Fault(pl.col(text), pl.col(code) if plan.from_call else None)


def text_of(error: RecordError, **values: str | pl.Expr) -> pl.Expr:
    """Return an error's text as an expression; null where the value of one is null."""
    parts: list[str | pl.Expr] = []
    for literal, name, _, _ in Formatter().parse(error.template):
        parts += [literal] if name is None else [literal, values[name]]
    texts = [each for each in parts if isinstance(each, str)]
    if len(texts) == len(parts):
        return pl.lit("".join(texts))
    return pl.concat_str(pl.lit(each) if isinstance(each, str) else each for each in parts)


def each_fault(frame: pl.DataFrame, faults: Sequence[Fault]) -> pl.DataFrame:
    """Return `row`, `place` and `reason` of every fault of every row, those of a row in their order."""
    found = [
        frame.select("row", pl.lit(each.place, pl.Int64).alias("place"), each.text.alias("reason")).filter(
            pl.col("reason").is_not_null()
        )
        for each in faults
    ]
    nothing = pl.DataFrame(schema={"row": pl.Int64, "place": pl.Int64, "reason": pl.String})
    return pl.concat([nothing, *found]).sort("row", maintain_order=True)


def first_reason(faults: Sequence[Fault]) -> pl.Expr:
    """Return the text of the first fault of each row, null where it has none."""
    return pl.coalesce([each.text for each in faults]) if faults else pl.lit(None, pl.String)


def reason_columns(faults: Sequence[Fault], plan: MergePlan) -> list[pl.Expr]:
    """Return the first fault of each row as `reason` and, in a call, its code as `code`."""
    reason = first_reason(faults).alias("reason")
    if not plan.from_call:
        return [reason]
    codes = [
        each.code
        if isinstance(each.code, pl.Expr)
        else pl.when(each.text.is_not_null()).then(pl.lit(each.code, pl.String))
        for each in faults
    ]
    return [reason, (pl.coalesce(codes) if codes else pl.lit(None, pl.String)).alias("code")]
