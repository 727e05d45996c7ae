"""What was written of records since a change set, read backwards from the last set of each."""

import polars as pl

from leadline.engine.undo.fates import SET
from leadline.model.change_parts import unpack_part
from leadline.store import change_log
from leadline.store.base import Session

_SCHEMA = {"id": pl.Int64, "set": pl.Int64, "what": pl.Int8, "prev": pl.Int64, "gap": pl.Boolean}


def later_changes(session: Session, object_type: str, last: pl.DataFrame, since: int) -> pl.DataFrame:
    """Return `id`, `set`, `what`, `prev`, `gap` and `set:` of fields of all changes of records behind a set.

    `last` has `id`, `changed`, the last set of each record, and `logged_id`, under which that one has it: a
    membership that came back may have another. Where the way back is lost, the record has a line with a gap.
    """
    behind = pl.col("changed") > since
    waiting = last.filter(behind).select("id", "logged_id", pl.col("changed").alias("set"))
    found = [pl.DataFrame(schema=_SCHEMA)]
    while waiting.height:
        number = int(str(waiting["set"].max()))
        now, waiting = waiting.filter(pl.col("set") == number), waiting.filter(pl.col("set") != number)
        there = changes_in(session, number, object_type, now["logged_id"]).rename({"id": "logged_id"})
        changes = now.select("id", "logged_id").join(there, on="logged_id", how="left")
        is_lost = pl.col("what").is_null() | pl.col("gap") | (pl.col("prev") < since)
        changes = changes.with_columns(
            pl.col("set").fill_null(number), pl.col("what").fill_null(0), is_lost.fill_null(True).alias("gap")
        )
        told = [name for name in changes.columns if name in _SCHEMA or name.startswith(SET)]
        found.append(changes.select(told))
        former = pl.coalesce("former", "logged_id") if "former" in changes.columns else pl.col("logged_id")
        on = changes.filter(~pl.col("gap") & (pl.col("prev") > since))
        waiting = pl.concat(
            [waiting, on.select("id", former.alias("logged_id"), pl.col("prev").alias("set"))]
        )
    return pl.concat(found, how="diagonal")


def changes_in(session: Session, number: int, object_type: str, ids: pl.Series | None = None) -> pl.DataFrame:
    """Return what a set changed of an object type, of all its records or of some; `set` is its number."""
    if ids is None:
        places = [each for each in change_log.parts_of(session, number) if each.object_type == object_type]
        blocks = [change_log.block_of(session, each) for each in places]
    else:
        low, high = (int(str(each)) for each in (ids.min(), ids.max()))
        blocks = [block for _, block in change_log.blocks_around(session, number, object_type, low, high)]
    parts = [pl.DataFrame(unpack_part(block)[0]) for block in blocks if block is not None]
    parts = [part if ids is None else part.filter(pl.col("id").is_in(ids.implode())) for part in parts]
    typed = [part.cast({name: _SCHEMA[name] for name in part.columns if name in _SCHEMA}) for part in parts]
    empty = pl.DataFrame(schema={**_SCHEMA, "row": pl.Int64})
    together = pl.concat([empty, *typed], how="diagonal_relaxed")
    return together.with_columns(pl.lit(number, pl.Int64).alias("set"))
