"""Deleting people: with them goes what names them: lines and names of files, previews, and the log."""

from collections.abc import Sequence
from functools import partial

import polars as pl
import pyarrow as pa

from leadline.engine.erase import marks_in, marks_of, marks_of_leads, without
from leadline.merging.chains import Visited, memberships_of_leads, visit
from leadline.merging.erased_file_names import erase_file_names
from leadline.merging.erased_previews import erase_previews
from leadline.model.change_parts import pack_part
from leadline.model.changes import LIST_MEMBER
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.members import PROGRAM_MEMBER
from leadline.schema.types import Storage
from leadline.store import change_log, records, reports, uploads
from leadline.store.base import Session
from leadline.store.open_change_set import array_of
from leadline.store.writer import Writer


def delete_leads(writer: Writer, lead_type: ObjectType, lead_ids: Sequence[int]) -> None:
    """Delete leads with their memberships, their lines in files, and what the change log has of them.

    An undo that takes back what it created deletes people so too.
    """
    if not lead_ids:
        return
    session, email = writer.session, lead_type.field("email")
    assert email is not None, "leads have an e-mail address"
    columns = {email.key_column: Storage.TEXT}
    found = writer.stored(lead_type.table, pa.array(lead_ids, pa.int64()), columns)
    _erase_changes(session, lead_type, found)
    writer.delete_leads(lead_type, found)
    ids, keys = pl.Series(found["id"]), pl.Series(found[email.key_column])
    addresses = keys.filter(keys.str.contains("@", literal=True)).unique()  # any other key is no address
    _erase_lines(session, lead_type, email, addresses)
    _erase_uploads(session, ids, addresses)
    erase_previews(session, ids, addresses)
    erase_file_names(session, lead_type, email, addresses)


def _erase_lines(session: Session, lead_type: ObjectType, email: Field, addresses: pl.Series) -> None:
    """Take the lines that name an address out of all files; one that a lead still has stays.

    Only the blocks that may name one are read, however many others there are.
    """
    if not reports.any_marked(session):
        return
    known = addresses.sort().to_list()
    gone = sorted(set(known) - records.keys_in_use(session, lead_type, email, known))
    if gone:
        reports.rewrite_issues(session, marks_of(gone), partial(without, addresses=gone), marks_in)


def _erase_uploads(session: Session, lead_ids: pl.Series, addresses: pl.Series) -> None:
    """Drop the kept uploads of jobs that ended early, where they may name a lead by its id or address."""
    if uploads.any_beyond(session):
        uploads.drop_marked(session, marks_of_leads(lead_ids, addresses))


def _erase_changes(session: Session, lead_type: ObjectType, found: pa.Table) -> None:
    """Take leads and their memberships out of the parts that their chains name; no other part is read."""
    starts = {lead_type.name: pl.DataFrame(found.select(["id", "changed"])).rename({"changed": "set"})}
    leads = array_of(found["id"])
    starts |= {each: memberships_of_leads(session, each, leads) for each in (LIST_MEMBER, PROGRAM_MEMBER)}
    for object_type, each in starts.items():
        for visited in visit(session, object_type, each, through_gaps=True):
            _take_out(session, visited)


def _take_out(session: Session, visited: Visited) -> None:
    """Write parts anew without the records of the chains; those that are left without any go at once."""
    keys = [name for name in ("id", "new:listId", "old:listId") if name in visited.records.columns]
    if visited.places[0].object_type != LIST_MEMBER:
        keys = ["id"]
    left = visited.records.join(visited.found, on=keys, how="anti", nulls_equal=True, maintain_order="left")
    by_part = left.partition_by("part", as_dict=True, include_key=False)
    emptied = [each for number, each in enumerate(visited.places) if (number,) not in by_part]
    change_log.drop_parts(session, emptied)
    for (number,), kept in by_part.items():
        place = visited.places[number]
        if kept.height < place.rows:
            table = kept.to_arrow(compat_level=pl.CompatLevel.oldest())
            change_log.replace_part(session, place, pack_part(table, visited.given))
