"""The chains of records lead back set by set, end where a writer came between, and tell such a one."""

import polars as pl
import pyarrow as pa

from leadline.merging.chains import events, last_sets, last_sets_on_list, visit
from leadline.schema.leads import LEAD, lead_type
from leadline.store import change_log
from leadline.store.base import Database, Session
from tests.contract.store.places import NOW
from tests.contract.store.writes import add_to_list, insert_leads, writer_of

IDS = pa.array(range(1, 9_001), pa.int64())


def move(database: Database, at: int, ids: list[int], partition: int) -> int:
    """Bring leads into a partition; return the number of the change set."""
    with database.write() as session, writer_of(session, NOW + at) as writer:
        writer.move_leads(lead_type(), dict.fromkeys(ids, partition))
        return writer.number


def made(database: Database) -> int:
    with database.write() as session:
        insert_leads(session, pa.table({"id": IDS}))
        return int(session.built_rows("SELECT change_set FROM {schema}.writer", {})[0]["change_set"])


def by_hand(database: Database, lead_id: int, at: int) -> None:
    """Write a record as a program does that knows no change log."""
    with database.write() as session:
        changed = f"SET f_title = 'Chief', updated_at = {NOW + at} WHERE id = {lead_id}"
        session.run_built(f"UPDATE {{schema}}.lead_often {changed}", {})


def sets_of(found: pl.DataFrame, lead_id: int) -> list[int]:
    return found.filter(pl.col("of") == lead_id)["set"].to_list()


def lead_events(session: Session, ids: list[int], *, through_gaps: bool = False) -> pl.DataFrame:
    starts = last_sets(session, lead_type(), pa.array(ids, pa.int64()))
    return events(session, LEAD, starts, through_gaps=through_gaps)


def test_many_chains_are_read_set_by_set(database: Database) -> None:
    first = made(database)
    second = move(database, 1, list(range(1, 6_001)), 2)
    third = move(database, 2, [1, 5_000], 3)
    with database.read() as session:
        found = lead_events(session, [1, 2, 5_000, 9_000])
        assert {each: sets_of(found, each) for each in (1, 2, 5_000, 9_000)} == {
            1: [third, second, first],
            2: [second, first],
            5_000: [third, second, first],
            9_000: [first],
        }
        cells = found.filter(pl.col("set") == second).sort("id")
        assert cells.select("id", "old:leadPartitionId", "new:leadPartitionId", "prev").rows() == [
            (each, 1, 2, first) for each in (1, 2, 5_000)
        ]
        starts = last_sets(session, lead_type(), pa.array([1, 2], pa.int64()))
        read = [place for each in visit(session, LEAD, starts, down_to=second) for place in each.places]
        assert [(each.set_number, each.part) for each in read] == [(third, 0), (second, 0)]


def test_a_writer_that_knows_no_log_is_noticed_and_ends_the_chain(database: Database) -> None:
    first = made(database)
    second = move(database, 1, [1, 2], 2)
    by_hand(database, 1, 5)
    with database.read() as session:
        starts = last_sets(session, lead_type(), pa.array([1, 2], pa.int64())).sort("id")
        assert starts.select("id", "set", "gap").rows() == [(1, second, True), (2, second, False)]
    third = move(database, 6, [1, 2], 3)
    fourth = move(database, 7, [1], 1)
    with database.read() as session:
        found = lead_events(session, [1, 2])
        assert sets_of(found, 1) == [fourth, third], "what was before the writer is not told"
        assert sets_of(found, 2) == [third, second, first]
        assert sets_of(lead_events(session, [1], through_gaps=True), 1) == [fourth, third, second, first]


def test_each_membership_in_a_list_has_its_chain(database: Database) -> None:
    made(database)
    with database.write() as session:
        add_to_list(session, 1001, [1, 2], NOW)
        add_to_list(session, 1002, [1], NOW)
    for at, leaves in ((1, True), (2, False)):
        with database.write() as session:
            if leaves:
                with writer_of(session, NOW + at) as writer:
                    assert writer.leave_list(1001, [1, 3]) == [1]
            else:
                assert add_to_list(session, 1001, [1, 2], NOW + at) == [1]
    with database.read() as session:
        starts = last_sets_on_list(session, 1001, pa.array([1, 2], pa.int64()))
        found = events(session, "list_member", starts)
        assert found.sort("of", "set").select("of", "what", "within").rows() == [
            (1, 1, 1001),
            (1, 2, 1001),
            (1, 1, 1001),
            (2, 1, 1001),
        ]


def test_parts_that_follow_one_another_are_read_together_and_no_other(database: Database) -> None:
    number = made(database)
    with database.write() as session:
        places = change_log.parts_of(session, number)
        change_log.drop_parts(session, [places[4], places[6]])
        wanted = [*places[:3], *places[4:]]
        first, then = change_log.blocks_of(session, wanted)
        assert [list(first), list(then)] == [places[:3], [places[5], *places[7:]]]
        assert first | then == {each: change_log.block_of(session, each) for each in (*first, *then)}
