"""Which of the people that an undo would delete others have put on a list or into a program."""

import polars as pl

from leadline.engine.undo.cells import Fate
from leadline.engine.undo.records import Judged, Why
from leadline.merging.undoing import JudgedType, Undoing
from leadline.model.changes import LIST_MEMBER
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.types import Storage
from leadline.store import records
from leadline.store.base import Session


def joined_since(
    session: Session, leads: Judged, lists: Judged | None, members: JudgedType | None, undoing: Undoing
) -> pl.DataFrame:
    """Return `id`, `why` and `by` of people whom the set created and somebody else has listed or enrolled.

    A member of a list goes by the lead's id: of the lists of who leaves one, that of the job does not count.
    """
    new = leads.created.filter(pl.col("fate") == Fate.REVERTED.value)["id"]
    found = [pl.DataFrame(schema={"id": pl.Int64, "why": pl.String, "by": pl.Int64})]
    own = {LIST_MEMBER: lists, PROGRAM_MEMBER: members.judged if members else None}
    for kind, why in ((LIST_MEMBER, Why.LISTED), (PROGRAM_MEMBER, Why.ENROLLED)):
        if not len(new) or records.is_empty(session, kind):
            continue
        own_id = "list_id" if kind == LIST_MEMBER else "id"
        columns = dict.fromkeys((own_id, "changed"), Storage.INTEGER)
        there = pl.DataFrame(session.match(kind, "lead_id", columns, new.to_arrow(), {}))
        made = own[kind]
        taken = new[:0] if made is None else made.created.filter(pl.col("fate") == Fate.REVERTED.value)["id"]
        key = "key" if kind == LIST_MEMBER else "id"
        leaves = pl.col(key).cast(pl.Int64).is_in(pl.concat([taken, undoing.assumed.taken(kind)]).implode())
        if kind == LIST_MEMBER:
            leaves &= pl.col("list_id").cast(pl.Int64) == (undoing.original.request.list_id or 0)
        others = there.filter(~leaves)
        found.append(
            others.select(
                pl.col("key").cast(pl.Int64).alias("id"),
                pl.lit(why.value).alias("why"),
                pl.col("changed").cast(pl.Int64).alias("by"),
            )
        )
    return pl.concat(found).unique("id", keep="first", maintain_order=True)
