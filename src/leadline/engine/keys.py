"""Folded keys of whole columns: the form in which keys compare (contract §3.6)."""

from collections.abc import Mapping

import polars as pl

from leadline.engine.plan import MergePlan
from leadline.model.records import Action
from leadline.model.tables import line_for_each
from leadline.schema.folding import KEY_BYTES_MAX, KEY_SEPARATOR, fold_key, shortened_key
from leadline.schema.outer_space import BLANK_PATTERN
from leadline.schema.types import FieldType, Storage


def key_of(frame: pl.DataFrame, plan: MergePlan) -> pl.Series:
    """Return the key of each row of read columns, null where the row has none.

    Rows that may share a key with anything have one that nothing shares.
    """
    if plan.action is Action.CREATE_DUPLICATE:
        return frame["row"].cast(pl.String)
    fields = plan.key.fields
    if any(field.column not in frame.columns for field in fields):
        return pl.Series([None] * frame.height, dtype=DTYPES[plan.key.storage])
    folded = [fold_keys(frame[field.column], field.type, may_be_blank=False) for field in fields]
    return compound_keys(folded) if plan.key.compound else folded[0]


def all_differ(keys: pl.Series) -> bool:
    """Tell whether surely no key stands twice, in a third of the time that it takes to find those that do.

    Hashes are compared: two keys of one hash make it false, and who asks looks closer.
    """
    return keys.hash().n_unique() == len(keys)


def fold_keys(values: pl.Series, field_type: FieldType, *, may_be_blank: bool = True) -> pl.Series:
    """Return the form in which keys compare, exactly as `schema.folding.fold_key` does; numbers stay.

    Of read columns the blank values are null by then, so they need not be looked for. E-mail values come
    trimmed. The data-frame library knows newer letters than Python does, so whatever is not ASCII is folded
    by Python, once for each distinct value.
    """
    if values.dtype != pl.String:
        return values
    value = pl.col("value")
    texts = values.to_frame("value").select_seq(
        value,
        (are_blank(value) if may_be_blank else pl.lit(False)).alias("blank"),
        (value if field_type.opaque else value.str.to_lowercase()).alias("lowered"),
        (value.str.len_bytes() != value.str.len_chars()).alias("foreign"),
    )
    if texts["blank"].any():
        texts = texts.select(pl.when(~pl.col("blank")).then(pl.col("value", "lowered", "foreign")))
    if field_type.opaque or not texts["foreign"].any():
        return texts["lowered"]
    folded = {text: fold_key(text, field_type) for text in texts.filter("foreign")["value"].unique()}
    return texts.select(pl.coalesce(value.replace_strict(folded, default=None), "lowered")).to_series()


def are_blank(values: pl.Expr) -> pl.Expr:
    """Tell of which texts nothing is seen, exactly as `schema.outer_space.is_blank` does."""
    return values.str.contains(BLANK_PATTERN)


def compound_keys(parts: list[pl.Series]) -> pl.Series:
    """Return one key of several, exactly as `schema.folding.compound_key` does; null where one is missing."""
    escaped = [
        part.cast(pl.String)
        .str.replace_all("\\", "\\\\", literal=True)
        .str.replace_all(KEY_SEPARATOR, "\\" + KEY_SEPARATOR, literal=True)
        for part in parts
    ]
    joined = pl.select(pl.concat_str(escaped, separator=KEY_SEPARATOR).alias("key")).to_series()
    long = joined.str.len_bytes() > KEY_BYTES_MAX
    if not long.any():
        return joined
    digests = {text: shortened_key(text) for text in joined.filter(long).unique()}
    return joined.replace(digests)


DTYPES: Mapping[Storage, type[pl.DataType]] = line_for_each(
    Storage,
    {
        Storage.TEXT: pl.String,
        Storage.INTEGER: pl.Int64,
        Storage.REAL: pl.Float64,
    },
)
"""The type of a column of each storage class, in frames."""
