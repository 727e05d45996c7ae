"""What an undo that is only foreseen has taken back before: nothing of it is written."""

import polars as pl

from leadline.engine.undo.cells import Fate
from leadline.engine.undo.fates import SET, fields_of
from leadline.engine.undo.records import NEW, Judged


class Assumed:
    """The change sets that were foreseen to be taken back, newest first, and how records stand after them."""

    def __init__(self) -> None:
        self._sets: set[int] = set()
        self._values: dict[tuple[str, str], pl.DataFrame] = {}
        self._taken: dict[str, list[pl.Series]] = {}

    @property
    def sets(self) -> frozenset[int]:
        """The numbers of these change sets."""
        return frozenset(self._sets)

    def note(self, number: int, object_type: str, judged: Judged) -> None:
        """Note what taking back a set does to the records of an object type."""
        self._sets.add(number)
        updated = judged.updated
        for name in fields_of(updated):
            back = updated.filter(SET + name).select("id", pl.col(NEW + name).alias("value"))
            known = self._values.get((object_type, name))
            frames = (
                [back] if known is None else [back, known.filter(~pl.col("id").is_in(back["id"].implode()))]
            )
            self._values[object_type, name] = pl.concat(frames)
        ids = judged.created.filter(pl.col("fate") == Fate.REVERTED.value)["id"]
        self._taken.setdefault(object_type, []).append(ids)

    def over(self, stored: pl.DataFrame, object_type: str) -> pl.DataFrame:
        """Return records with the values that they would have."""
        for (name, field), values in self._values.items():
            if name == object_type and field in stored.columns and values.height:
                back = values.with_columns(pl.lit(value=True).alias("is_back"))
                joined = stored.join(back, on="id", how="left", maintain_order="left")
                value = pl.when(pl.col("is_back")).then("value").otherwise(field)
                stored = joined.with_columns(value.alias(field)).drop("value", "is_back")
        return stored

    def taken(self, object_type: str) -> pl.Series:
        """Return the ids of the records, or of the leads on the list, that would be no more."""
        return pl.concat([pl.Series("id", [], pl.Int64), *self._taken.get(object_type, [])])

    def loosened(self, object_type: str, field: str) -> pl.Series:
        """Return the ids of the records whose field would have its old value."""
        values = self._values.get((object_type, field))
        return pl.Series("id", [], pl.Int64) if values is None else values["id"]
