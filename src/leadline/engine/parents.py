"""Links to records of the same type: a row finds what the rows before it in its chunk write (contract §6.4).

What earlier chunks wrote is in the store by then, so where a chunk ends makes no difference.
"""

from collections.abc import Sequence

import polars as pl

from leadline.engine.columns import target_key_column
from leadline.engine.keys import fold_keys
from leadline.engine.plan import MergePlan
from leadline.schema.catalog import Field


def find_parents(joined: pl.DataFrame, plan: MergePlan, passes: pl.Expr) -> pl.DataFrame:
    """Let links to the same type find the last row before theirs that has the key and is imported.

    Their columns hold the stored targets, null where there is none. `passes` tells which rows nothing
    but such a link can fail.
    """
    links = plan.links_to_same_type
    (field,) = plan.identity  # only the one dedupe field of a type can be pointed to
    own_key = fold_keys(joined[field.column], field.type)
    if not any(joined[target_key_column(link)].is_in(own_key.implode()).any() for link in links):
        return joined
    rows = joined.select(
        "row", own_key.alias("own_key"), pl.col(field.column).alias("spelling"), passes.alias("passes")
    )
    linked = _find_in_chunk(joined, rows, links, plan)
    unresolved = [
        pl.col(target_key_column(link)).is_not_null() & pl.col(link.column).is_null() for link in links
    ]
    if not linked.select((rows["passes"] & pl.any_horizontal(unresolved)).any()).item():
        return linked
    keys = [joined.select(_unstored(link)).to_series().to_list() for link in links]
    return _find_in_chunk(joined, rows.with_columns(_passing(rows, keys)), links, plan)


def _unstored(link: Field) -> pl.Expr:
    """Return the key that a link names where the store has no target for it."""
    return pl.when(pl.col(link.column).is_null()).then(pl.col(target_key_column(link)))


def _find_in_chunk(
    joined: pl.DataFrame, rows: pl.DataFrame, links: Sequence[Field], plan: MergePlan
) -> pl.DataFrame:
    """Give each link the spelling that the last passing row before it leaves of its target."""
    parents = rows.filter(pl.col("passes") & pl.col("own_key").is_not_null()).drop("passes")
    if plan.repeated:  # of rows that share a key only the first is imported
        parents = parents.unique("own_key", keep="first", maintain_order=True)
    for link in links:
        near = joined.select("row", pl.col(target_key_column(link)).alias("own_key")).join_asof(
            parents, on="row", by="own_key", allow_exact_matches=False, check_sortedness=False
        )
        joined = joined.with_columns(pl.coalesce(near["spelling"], pl.col(link.column)).alias(link.column))
    return joined


def _passing(rows: pl.DataFrame, keys: list[list[str | int | None]]) -> pl.Series:
    """Tell which rows pass when some have failed parents, which fail them and their children in turn.

    Only files with such a row need this walk from row to row: each waits for those before it.
    """
    found: set[str | int | None] = {None}
    passing: list[bool] = []
    for passes, own_key, *parents in zip(rows["passes"], rows["own_key"], *keys, strict=True):
        passing.append(passes and found.issuperset(parents))
        if passing[-1]:
            found.add(own_key)
    return pl.Series("passes", passing, pl.Boolean)
