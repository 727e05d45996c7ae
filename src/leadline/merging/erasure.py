"""Deleting people: with them goes what names them: lines and names of files, previews, and the log."""

from collections.abc import Sequence
from dataclasses import replace
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

ADDRESS = "address"


def address_of(lead_type: ObjectType) -> Field:
    """Return the folded e-mail address, of which lines that name a lead have the mark, as a field."""
    email = lead_type.field("email")
    assert email is not None, "leads have an e-mail address"
    return replace(email, name=ADDRESS, system_column=email.key_column)


def leads_to_delete(writer: Writer, lead_type: ObjectType, lead_ids: Sequence[int]) -> pa.Table:
    """Return leads as `delete_leads` wants them, those that there are."""
    address = address_of(lead_type).column
    found = writer.stored(lead_type.table, pa.array(lead_ids, pa.int64()), {address: Storage.TEXT})
    return found.rename_columns([ADDRESS if name == address else name for name in found.column_names])


def delete_leads(writer: Writer, lead_type: ObjectType, found: pa.Table) -> None:
    """Delete leads with their memberships, their lines in files, and what the change log has of them.

    `found` has `id`, `changed`, `gap` and `address` of each, by ascending id. An undo that takes back what
    it created deletes people so too.
    """
    if not found.num_rows:
        return
    session, address = writer.session, address_of(lead_type)
    _erase_changes(session, lead_type, found)
    writer.delete_leads(lead_type, found)
    ids, keys = pl.Series(found["id"]), pl.Series(found[ADDRESS])
    addresses = keys.filter(keys.str.contains("@", literal=True)).unique()  # any other key is no address
    _erase_lines(session, lead_type, address, addresses)
    _erase_uploads(session, ids, addresses)
    erase_previews(session, ids, addresses)
    erase_file_names(session, lead_type, address, addresses)


def _erase_lines(session: Session, lead_type: ObjectType, address: Field, addresses: pl.Series) -> None:
    """Take the lines that name an address out of all files; one that a lead still has stays.

    Only the blocks that may name one are read, however many others there are.
    """
    if not reports.any_marked(session):
        return
    known = addresses.sort().to_list()
    gone = sorted(set(known) - records.keys_in_use(session, lead_type, address, known))
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
