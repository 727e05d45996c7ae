"""Which of the records that an undo would delete others still link to."""

import polars as pl
import pyarrow as pa

from leadline.engine.undo.cells import Fate
from leadline.engine.undo.fates import SET
from leadline.engine.undo.records import Judged
from leadline.merging.undo_assumed import Assumed
from leadline.schema.catalog import Field, Link, ObjectType
from leadline.schema.types import Storage
from leadline.store import objects
from leadline.store.base import Session

_PAIRS = {"id": pl.Int64, "child": pl.Int64, "type": pl.String, "is_own": pl.Boolean}


def linked_since(session: Session, object_type: ObjectType, judged: Judged, assumed: Assumed) -> pl.DataFrame:
    """Return `id`, `why` and `by` of records that the set created and that records which stay link to.

    A record that the same undo deletes, or whose link it takes back, links to nothing any more.
    """
    new = judged.created.filter(pl.col("fate") == Fate.REVERTED.value)["id"]
    pairs = [pl.DataFrame(schema=_PAIRS)]
    for referring in _referring(session) if len(new) else []:
        for field in referring.fields:
            if field.link is not None and field.link.table == object_type.table:
                is_own = referring.table == object_type.table
                found = _children(session, object_type, referring, field, field.link, new)
                if is_own and SET + field.name in judged.updated.columns:
                    loose = judged.updated.filter(SET + field.name)["id"]
                    found = found.filter(~pl.col("child").is_in(loose.implode()))
                no_more = [assumed.taken(referring.name), assumed.loosened(referring.name, field.name)]
                found = found.filter(~pl.col("child").is_in(pl.concat(no_more).implode()))
                pairs.append(found.with_columns(pl.lit(is_own).alias("is_own")))
    linked = pl.concat(pairs)
    return _of_those_that_stay(linked, new).select(
        "id",
        pl.concat_str(pl.lit("linked to by "), "type").alias("why"),
        pl.lit(None, pl.Int64).alias("by"),
    )


def _referring(session: Session) -> list[ObjectType]:
    known = [each for each in objects.custom_objects(session) if each.approved is not None]
    return [objects.type_of(session, each, each.approved) for each in known if each.approved is not None]


def _children(
    session: Session, parent: ObjectType, child: ObjectType, field: Field, link: Link, ids: pl.Series
) -> pl.DataFrame:
    """Return the records of a type whose link names one of the parents, with the parent's `id`."""
    keys = session.match(parent.table, "id", {link.key_column: link.storage}, ids.to_arrow(), {})
    kind = pa.string() if link.storage is Storage.TEXT else pa.int64()
    names = pa.table({"id": keys["key"].cast(pa.int64()), "key": keys[link.key_column].cast(kind)})
    wanted = pl.DataFrame(names).drop_nulls()
    distinct = wanted["key"].unique().to_arrow(compat_level=pl.CompatLevel.oldest())
    found = session.match(child.table, field.key_column, {"id": Storage.INTEGER}, distinct, {})
    children = pl.DataFrame(pa.table({"key": found["key"].cast(kind), "child": found["id"].cast(pa.int64())}))
    return wanted.join(children, on="key").select("id", "child", pl.lit(child.name).alias("type"))


def _of_those_that_stay(pairs: pl.DataFrame, new: pl.Series) -> pl.DataFrame:
    """Return one pair of each parent that has a child which stays; a parent that stays may be a child."""
    stays = ~(pl.col("is_own") & pl.col("child").is_in(new.implode()))
    linked = pairs.filter(stays).unique("id", keep="first", maintain_order=True)
    while True:
        kept = linked["id"].implode()
        more = pairs.filter(pl.col("is_own") & pl.col("child").is_in(kept) & ~pl.col("id").is_in(kept))
        if more.is_empty():
            return linked
        linked = pl.concat([linked, more.unique("id", keep="first", maintain_order=True)])
