"""The records that an undo is about, as they are stored now, with values under the API names of fields."""

from collections.abc import Sequence

import polars as pl

from leadline.engine.keys import DTYPES
from leadline.engine.undo.fates import fields_of
from leadline.engine.undo.records import NEW, OLD
from leadline.merging.import_target import NoLongerPossibleError
from leadline.model.job_words import UNDO_WORDS
from leadline.schema.catalog import Field, Key, ObjectType
from leadline.schema.leads import LEAD
from leadline.schema.types import FieldType, Storage
from leadline.store import catalog, objects, records
from leadline.store.base import Session

_BY_ID = Key("id", (), "id")


def type_named(session: Session, name: str) -> ObjectType:
    """Return an object type, as the log names it; raises `NoLongerPossibleError` where it was deleted."""
    if name == LEAD:
        return catalog.load_lead_type(session)
    found = objects.load_object_type(session, name)
    if found is None:
        raise NoLongerPossibleError(UNDO_WORDS.failed(f"the custom object {name} was deleted"))
    return found[1]


def types_of(object_type: ObjectType) -> dict[str, FieldType]:
    """Return the types of an object type's fields by their API names."""
    return {each.name: each.type for each in object_type.fields}


def typed_changes(changes: pl.DataFrame, object_type: ObjectType) -> pl.DataFrame:
    """Return changes with the values of fields as they are stored: one without any has no type of its own."""
    known = {each.name: DTYPES[each.type.storage] for each in object_type.fields}
    return changes.cast(
        {prefix + name: known[name] for name in fields_of(changes) if name in known for prefix in (OLD, NEW)}
    )


def stored_records(
    session: Session, object_type: ObjectType, ids: pl.Series, names: list[str], also: Sequence[Field] = ()
) -> pl.DataFrame:
    """Return the records that there are by their ids, values under the API names of fields."""
    fields = [each for each in object_type.fields if each.name in names and not each.computed] + [*also]
    wanted = fields if object_type.id_name == "id" else [*fields, object_type.id_field]
    found = pl.DataFrame(records.match(session, object_type, _BY_ID, wanted, ids.unique().to_arrow()))
    systems = [each for each in ("partition_id", "lead_id", "program_id") if each in found.columns]
    return found.select(
        pl.col("id", "changed", *systems).cast(pl.Int64),
        pl.col("gap").cast(pl.Boolean),
        *([pl.col("guid").cast(pl.String)] if "guid" in found.columns else []),
        *(pl.col(each.column).cast(DTYPES[each.type.storage]).alias(each.name) for each in fields),
    )


def people_of(session: Session, lead_ids: pl.Series) -> pl.DataFrame:
    """Return `lead_id` and partition of the people that there are."""
    ids = lead_ids.drop_nulls().unique().to_arrow()
    found = session.match(LEAD, "id", {"partition_id": Storage.INTEGER}, ids, {})
    return pl.DataFrame(found).select(
        pl.col("key").cast(pl.Int64).alias("lead_id"), pl.col("partition_id").cast(pl.Int64)
    )
