"""Deleting people: with them goes what names them, in files of jobs, kept uploads, previews and the log."""

from collections.abc import Collection, Sequence
from functools import partial

import polars as pl
import pyarrow as pa

from leadline.engine.erase import mark_of_id, marks_in, marks_of, without
from leadline.merging.chains import Visited, last_sets, memberships_of_leads, visit
from leadline.merging.erased_previews import erase_previews
from leadline.model.change_parts import pack_part
from leadline.model.changes import LIST_MEMBER
from leadline.schema.catalog import ObjectType
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.types import Storage
from leadline.store import change_log, records, reports, uploads
from leadline.store.base import Session
from leadline.store.writer import Writer


def delete_leads(writer: Writer, lead_type: ObjectType, lead_ids: Collection[int]) -> None:
    """Delete leads with their memberships, their lines in files, and what the change log has of them.

    An undo that takes back what it created deletes people so too.
    """
    ids, session = sorted(lead_ids), writer.session
    if not ids:
        return
    addresses = _addresses_of(session, lead_type, ids)
    _erase_changes(session, lead_type, ids)
    writer.delete_leads(lead_type, ids)
    _erase_lines(session, lead_type, addresses)
    _erase_uploads(session, ids, addresses)
    erase_previews(session, ids, addresses)


def _addresses_of(session: Session, lead_type: ObjectType, ids: Sequence[int]) -> set[str]:
    """Return the folded e-mail addresses of leads; a text without `@` is no address and is left out."""
    email = lead_type.field("email")
    assert email is not None, "leads have an e-mail address"
    columns = {email.key_column: Storage.TEXT}
    found = session.match(lead_type.table, "id", columns, pa.array(ids, pa.int64()), {})
    return {each for each in found[email.key_column].to_pylist() if each and "@" in each}


def _erase_lines(session: Session, lead_type: ObjectType, addresses: Collection[str]) -> None:
    """Take the lines that name an address out of all files; one that a lead still has stays.

    Only the blocks that may name one are read, however many others there are.
    """
    if not reports.any_marked(session):
        return
    email = lead_type.field("email")
    assert email is not None, "leads have an e-mail address"
    gone = sorted(set(addresses) - records.keys_in_use(session, lead_type, email, sorted(addresses)))
    if gone:
        reports.rewrite_issues(session, marks_of(gone), partial(without, addresses=gone), marks_in)


def _erase_uploads(session: Session, lead_ids: Collection[int], addresses: Collection[str]) -> None:
    """Drop the kept uploads of jobs that ended early, where they may name a lead by its id or address."""
    if uploads.any_beyond(session):
        named = {*map(mark_of_id, lead_ids), *marks_of(addresses).to_pylist()}
        uploads.drop_marked(session, pa.array(sorted(named), pa.string()))


def _erase_changes(session: Session, lead_type: ObjectType, ids: Sequence[int]) -> None:
    """Take leads and their memberships out of the parts that their chains name; no other part is read."""
    leads = pa.array(ids, pa.int64())
    starts = {lead_type.name: last_sets(session, lead_type, leads)}
    starts |= {each: memberships_of_leads(session, each, leads) for each in (LIST_MEMBER, PROGRAM_MEMBER)}
    for object_type, each in starts.items():
        for visited in visit(session, object_type, each, through_gaps=True):
            _take_out(session, visited)


def _take_out(session: Session, visited: Visited) -> None:
    """Write a part anew without the records of the chains."""
    keys = [name for name in ("id", "new:listId", "old:listId") if name in visited.records.columns]
    if visited.place.object_type != LIST_MEMBER:
        keys = ["id"]
    left = visited.records.join(visited.found, on=keys, how="anti", nulls_equal=True, maintain_order="left")
    table = left.to_arrow(compat_level=pl.CompatLevel.oldest())
    part = pack_part(table, visited.given) if table.num_rows else None
    change_log.replace_part(session, visited.place, part)
