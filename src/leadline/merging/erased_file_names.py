"""The names of files go with a lead whose address they hold."""

import polars as pl

from leadline.schema.catalog import Field, ObjectType
from leadline.store import file_names, records
from leadline.store.base import Session


def erase_file_names(session: Session, lead_type: ObjectType, address: Field, addresses: pl.Series) -> None:
    """Forget the names of files that hold one of some folded addresses; one that a lead still has stays.

    A longer address that holds one of them counts too: what goes is a label.
    """
    names = pl.Series("name", file_names.with_at(session), pl.String)
    if names.is_empty() or addresses.is_empty():
        return
    found = names.str.to_lowercase().str.extract_many(addresses.to_list(), overlapping=True)
    named = pl.DataFrame({"name": names, "address": found}).explode("address").drop_nulls()
    if named.is_empty():
        return
    in_use = records.keys_in_use(session, lead_type, address, named["address"].unique().sort().to_list())
    for name in named.filter(~pl.col("address").is_in(in_use))["name"].unique().sort():
        file_names.forget(session, name)
