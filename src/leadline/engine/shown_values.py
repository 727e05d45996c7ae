"""Stored values of whole columns as texts: as JSON writes them, without the quotes around a text."""

import polars as pl

from leadline.schema.exact_json import write_json
from leadline.schema.types import Cell, FieldType, Storage


def shown(values: pl.Series, field_type: FieldType) -> pl.Series:
    """Return the texts of a field's stored values, null where there is none."""
    if field_type.storage is Storage.TEXT:
        return values.cast(pl.String)
    if field_type.cell is Cell.DATETIME:
        return pl.from_epoch(values.cast(pl.Int64), "s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if field_type.cell in (Cell.INTEGER, Cell.PERCENT):
        return values.cast(pl.String)
    distinct = values.drop_nulls().unique()
    texts = [_text(field_type.render(each)) for each in distinct]
    return values.replace_strict(distinct, pl.Series(texts, dtype=pl.String), default=None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else write_json(value)
