"""Links to records of the own type: a row finds what the rows before it in its chunk write (contract §6.4).

What earlier chunks wrote is in the store by then, so where a chunk ends makes no difference.
"""

import polars as pl

from leadline.engine.keys import fold_keys
from leadline.engine.plan import MergePlan


def find_parents(joined: pl.DataFrame, plan: MergePlan, passes: pl.Expr) -> pl.DataFrame:
    """Let the own links point to the last row before theirs that has the wanted key and is imported.

    Their columns hold the stored targets, null where there is none, and `wanted_...` the folded
    keys. `passes` tells which rows nothing but an own link can fail.
    """
    links = [each.column for each in plan.own_links]
    (field,) = plan.identity  # only the one dedupe field of a type can be pointed to
    own = fold_keys(joined[field.column], field.type)
    if not any(joined[f"wanted_{link}"].is_in(own.implode()).any() for link in links):
        return joined
    rows = joined.select(
        "row", own.alias("own"), pl.col(field.column).alias("spelling"), passes.alias("passes")
    )
    pointed = _point(joined, rows, links, plan)
    dangles = [pl.col(f"wanted_{link}").is_not_null() & pl.col(link).is_null() for link in links]
    if not pointed.select((rows["passes"] & pl.any_horizontal(dangles)).any()).item():
        return pointed
    wanted = [joined.select(_unstored(link)).to_series().to_list() for link in links]
    return _point(joined, rows.with_columns(_standing(rows, wanted)), links, plan)


def _unstored(link: str) -> pl.Expr:
    """Return the wanted key where the store has no target for it."""
    return pl.when(pl.col(link).is_null()).then(pl.col(f"wanted_{link}"))


def _point(joined: pl.DataFrame, rows: pl.DataFrame, links: list[str], plan: MergePlan) -> pl.DataFrame:
    """Give each link the spelling that the last passing row before it leaves of its target."""
    parents = rows.filter(pl.col("passes") & pl.col("own").is_not_null()).drop("passes")
    if plan.repeated:  # of rows that share a key only the first is imported
        parents = parents.unique("own", keep="first", maintain_order=True)
    for link in links:
        near = joined.select("row", pl.col(f"wanted_{link}").alias("own")).join_asof(
            parents, on="row", by="own", allow_exact_matches=False, check_sortedness=False
        )
        joined = joined.with_columns(pl.coalesce(near["spelling"], pl.col(link)).alias(link))
    return joined


def _standing(rows: pl.DataFrame, wanted: list[list[str | int | None]]) -> pl.Series:
    """Tell which rows pass when some have failed parents, which fail them and their children in turn.

    Only files with such a row need this walk from row to row: each waits for those before it.
    """
    there: set[str | int | None] = {None}
    stands = []
    for passes, own, *parents in zip(rows["passes"], rows["own"], *wanted, strict=True):
        stands.append(passes and there.issuperset(parents))
        if stands[-1]:
            there.add(own)
    return pl.Series("passes", stands, pl.Boolean)
