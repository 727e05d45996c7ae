"""Memberships that a change set made, changed or ended, as they are now: of lists, and of programs."""

import polars as pl

from leadline.engine.undo.records import NEW, OLD
from leadline.model.changes import LIST_MEMBER
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.types import Storage
from leadline.store.base import Session
from leadline.store.writer import ENDED_MEMBERSHIP

_WITHIN = {LIST_MEMBER: ("listId", "list_id"), PROGRAM_MEMBER: ("programId", "program_id")}
"""Of each kind of membership the field and the column that say in what."""


def with_places(changes: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Add `lead_id` and `within` to memberships that a set made or ended; null of those that it updated."""
    field, _ = _WITHIN[kind]
    lead = pl.col("id") if kind == LIST_MEMBER else _told(changes, "leadId")
    return changes.with_columns(lead.alias("lead_id"), _told(changes, field).alias("within"))


def _told(changes: pl.DataFrame, field: str) -> pl.Expr:
    names = [prefix + field for prefix in (NEW, OLD) if prefix + field in changes.columns]
    return pl.coalesce(names).cast(pl.Int64) if names else pl.lit(None, pl.Int64)


def memberships_now(session: Session, placed: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return `id`, `logged_id`, `changed` and `is_there` of memberships, be they ended; `within` of lists.

    `logged_id` is the number of the membership that the lead has now, or had last.
    """
    of_leads = placed.filter(pl.col("lead_id").is_not_null() & pl.col("within").is_not_null())
    leads = of_leads["lead_id"].unique().to_arrow()
    _, column = _WITHIN[kind]
    own = "lead_id" if kind == LIST_MEMBER else "id"
    columns = dict.fromkeys((own, column, "changed"), Storage.INTEGER)
    there = pl.DataFrame(session.match(kind, "lead_id", columns, leads, {})).select(
        pl.col("key").cast(pl.Int64).alias("lead_id"),
        pl.col(column).cast(pl.Int64).alias("within"),
        pl.col(own).cast(pl.Int64).alias("logged_id"),
        pl.col("changed").cast(pl.Int64),
        pl.lit(value=True).alias("is_there"),
    )
    columns = dict.fromkeys(("within", "record_id", "changed"), Storage.INTEGER)
    ended = session.match(ENDED_MEMBERSHIP, "lead_id", columns | {"object_type": Storage.TEXT}, leads, {})
    past = (
        pl.DataFrame(ended)
        .filter(pl.col("object_type").cast(pl.String) == kind)
        .select(
            pl.col("key").cast(pl.Int64).alias("lead_id"),
            pl.col("within").cast(pl.Int64),
            pl.col("record_id").cast(pl.Int64).alias("logged_id"),
            pl.col("changed").cast(pl.Int64),
            pl.lit(value=False).alias("is_there"),
        )
    )
    known = pl.concat([there, past]).unique(["lead_id", "within"], keep="first", maintain_order=True)
    keys = of_leads.select("id", "lead_id", "within")
    within = ["within"] if kind == LIST_MEMBER else []
    joined = keys.join(known, on=["lead_id", "within"])
    return joined.select("id", "logged_id", "changed", "is_there", *within)
