"""What was written of records since a change set, and what that set itself changed."""

import polars as pl

from leadline.engine.undo.fates import SET
from leadline.merging.chains import events, read_parts
from leadline.store import change_log
from leadline.store.base import Session

_SCHEMA = {"id": pl.Int64, "set": pl.Int64, "what": pl.Int8, "prev": pl.Int64, "gap": pl.Boolean}


def later_changes(session: Session, object_type: str, last: pl.DataFrame, since: int) -> pl.DataFrame:
    """Return `id`, `set`, `what`, `prev`, `gap` and `set:` of fields of all changes of records behind a set.

    `last` has `id`, `changed`, the last set of each record, `logged_id`, under which that one has it, since a
    membership that came back may have another, and `within` of members of lists. A record of which the way
    back to the set is lost has a line with a gap.
    """
    behind = last.filter(pl.col("changed") > since)
    within = ["within"] if "within" in last.columns else []
    starts = behind.select(pl.col("logged_id").alias("id"), pl.col("changed").alias("set"), *within)
    found = events(session, object_type, starts, down_to=since + 1).drop("id")
    told = [name for name in found.columns if name in _SCHEMA or name.startswith(SET)]
    changes = behind.select("id", pl.col("logged_id").alias("of")).join(found, on="of").select("id", *told)
    first = changes.group_by("id").agg(pl.all().sort_by("set").first())
    reached = first.filter(~pl.col("gap") & (pl.col("prev") == since))["id"]
    lost = behind.filter(~pl.col("id").is_in(reached.implode()))
    values = {"set": pl.col("changed"), "what": pl.lit(0), "prev": pl.lit(0), "gap": pl.lit(value=True)}
    lines = lost.select("id", *(each.cast(_SCHEMA[name]).alias(name) for name, each in values.items()))
    return pl.concat([pl.DataFrame(schema=_SCHEMA), _typed(changes), lines], how="diagonal")


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items() if name in frame.columns
    )


def changes_in(session: Session, number: int, object_type: str) -> pl.DataFrame:
    """Return what a set changed of an object type; `set` is its number."""
    places = [each for each in change_log.parts_of(session, number) if each.object_type == object_type]
    typed = [_typed(records.drop("part")) for _, records, _ in read_parts(session, places)]
    empty = pl.DataFrame(schema={**_SCHEMA, "row": pl.Int64})
    together = pl.concat([empty, *typed], how="diagonal_relaxed")
    return together.with_columns(pl.lit(number, pl.Int64).alias("set"))
