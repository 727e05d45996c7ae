"""Very many people are deleted at once: parts of the log that are theirs alone go whole, others keep the rest."""

import polars as pl
import pyarrow as pa

from leadline.merging.chains import read_parts
from leadline.merging.erasure import delete_leads, leads_to_delete
from leadline.model.change_parts import PART_ROWS
from leadline.schema.leads import lead_type
from leadline.store import change_log
from leadline.store.base import Database, Session
from tests.contract.store.places import NOW
from tests.contract.store.writes import add_to_list, insert_leads, writer_of

COUNT, GONE = 4 * PART_ROWS, 2 * PART_ROWS + 100
"""Four parts, of which two go whole and one in part."""


def numbers_left(session: Session, number: int, object_type: str) -> list[tuple[int, list[int]]]:
    """Return the parts of a set and type, each with the ids that it has."""
    places = [each for each in change_log.parts_of(session, number) if each.object_type == object_type]
    found = []
    for within, records, _ in read_parts(session, places):
        for at, place in enumerate(within):
            ids = records.filter(pl.col("part") == at)["id"].to_list()
            assert (place.first_id, place.last_id, place.rows) == (ids[0], ids[-1], len(ids))
            found.append((place.part, ids))
    return found


def last_set(session: Session) -> int:
    return change_log.last_number(session)


def test_parts_that_are_theirs_go_and_others_keep_the_rest(database: Database) -> None:
    with database.write() as session:
        insert_leads(session, pa.table({"id": pa.array(range(1, COUNT + 1), pa.int64())}))
        made = last_set(session)
    with database.write() as session:
        add_to_list(session, 1001, range(GONE - 10, GONE + 11), NOW)
        listed = last_set(session)
    with database.write() as session, writer_of(session, NOW + 1) as writer:
        writer.move_leads(lead_type(), dict.fromkeys(range(10, GONE + 1), 2))
        moved = writer.number
    with database.read() as session:
        untouched = change_log.block_of(session, change_log.parts_of(session, made)[3])
    with database.write() as session, writer_of(session, NOW + 2) as writer:
        delete_leads(writer, lead_type(), leads_to_delete(writer, lead_type(), range(1, GONE + 1)))
        deleted = writer.number
    with database.read() as session:
        assert numbers_left(session, made, "lead") == [
            (2, [*range(GONE + 1, 3 * PART_ROWS + 1)]),
            (3, [*range(3 * PART_ROWS + 1, COUNT + 1)]),
        ]
        assert change_log.block_of(session, change_log.parts_of(session, made)[1]) == untouched
        assert numbers_left(session, moved, "lead") == []
        assert numbers_left(session, listed, "list_member") == [(0, [*range(GONE + 1, GONE + 11)])]
        gone = [number for _, ids in numbers_left(session, deleted, "lead") for number in ids]
        assert gone == [*range(1, GONE + 1)]
        left = session.built_rows("SELECT min(id) AS first, count(*) AS number FROM {schema}.lead", {})
        assert left == [{"first": GONE + 1, "number": COUNT - GONE}]
        members = session.built_rows("SELECT lead_id FROM {schema}.list_member ORDER BY lead_id", {})
        assert [row["lead_id"] for row in members] == [*range(GONE + 1, GONE + 11)]
