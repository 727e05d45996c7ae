"""Changes are kept for their days and not longer, and a job at least as long as its changes."""

from dataclasses import replace

import pyarrow as pa

from leadline.clock import MachineTime
from leadline.config import load_settings
from leadline.events import ChangesPurged, Event
from leadline.model.changes import ChangeKind
from leadline.model.rules import Limits
from leadline.store import change_log, job_purge, jobs
from leadline.store.base import Database, Session
from leadline.store.directory import Stores
from leadline.store.writer import writing
from leadline.worker.janitor import Janitor
from tests.contract.store.places import MUNCHKIN_ID, admit, finish, must_claim
from tests.contract.store.writes import ORIGIN, add_to_list, insert_leads, writer_of

DAY = 86_400


def now_of() -> int:
    return MachineTime().now(MUNCHKIN_ID)


def purge(stores: Stores, limits: Limits) -> list[int]:
    """Return how many sets each portion took."""
    events: list[Event] = []
    Janitor(stores, MachineTime(), load_settings({"data": stores.folder}), events.append).purge(
        MUNCHKIN_ID, limits
    )
    return [each.sets for each in events if isinstance(each, ChangesPurged)]


def numbers(session: Session) -> list[int]:
    return [
        row["number"] for row in session.built_rows("SELECT number FROM {schema}.change_set ORDER BY 1", {})
    ]


def leads_of(database: Database, days_ago: list[float]) -> None:
    """Insert a lead in a set of its own at each of some instants."""
    for lead_id, days in enumerate(days_ago, 1):
        with database.write() as session:
            insert_leads(session, pa.table({"id": [lead_id]}), now=now_of() - int(days * DAY))


def test_sets_past_their_days_go_in_portions_with_their_parts(stores: Stores, database: Database) -> None:
    leads_of(database, [8] * 45 + [6] * 3)
    with database.read() as session:
        first = numbers(session)[0]
    assert purge(stores, Limits(history_days=7)) == [20, 20, 5]
    with database.read() as session:
        assert numbers(session) == [first + 45, first + 46, first + 47]
        parts = session.built_rows("SELECT count(*) AS parts FROM {schema}.change_part", {})
        assert parts == [{"parts": 3}]
    assert purge(stores, Limits(history_days=7)) == []
    leads = [first + 48]
    with database.write() as session:
        insert_leads(session, pa.table({"id": [99]}), now=now_of())
        assert numbers(session)[-1:] == leads, "a number never comes again"


def test_it_stops_at_the_first_that_is_not_due(stores: Stores, database: Database) -> None:
    """A clock that was set back made a set behind it look old: what is left has no hole."""
    leads_of(database, [9, 2, 9])
    assert purge(stores, Limits(history_days=7)) == [1]
    with database.read() as session:
        assert len(numbers(session)) == 2


def test_without_history_nothing_is_kept_or_written(stores: Stores, database: Database) -> None:
    leads_of(database, [0.0])
    with database.write() as session:
        insert_leads(session, pa.table({"id": [2]}), now=now_of() + 9 * DAY)  # however the clock was set
    assert sum(purge(stores, Limits(history_days=0))) == 2
    with database.write() as session, writing(session, ORIGIN, now_of(), keeps_log=False) as writer:
        writer.move_leads(*_moves(session))
        assert writer.join_list(1001, pa.table({"id": [1], "row": pa.nulls(1, pa.int64())})) == [1]
    with database.write() as session, writing(session, ORIGIN, now_of(), keeps_log=False) as writer:
        assert writer.leave_list(1001, [1]) == [1]
    with database.read() as session:
        assert numbers(session) == []
        found = session.built_rows("SELECT changed FROM {schema}.lead WHERE id = 1", {})
        ended = session.built_rows("SELECT count(*) AS ended FROM {schema}.ended_membership", {})
        assert (found, ended) == ([{"changed": 0}], [{"ended": 0}])


def _moves(session: Session) -> tuple[object, dict[int, int]]:
    from leadline.store import catalog

    return catalog.load_lead_type(session), {1: 2}


def test_a_membership_that_ended_long_ago_is_as_if_it_had_never_been(
    stores: Stores, database: Database
) -> None:
    with database.write() as session:
        insert_leads(session, pa.table({"id": [1]}), now=now_of() - 9 * DAY)
    for days, joins in ((9, True), (9, False), (8, True), (8, False)):
        with database.write() as session:
            if joins:
                add_to_list(session, 1001, [1], now_of() - days * DAY)
            else:
                with writer_of(session, now_of() - days * DAY) as writer:
                    writer.leave_list(1001, [1])
    assert purge(stores, Limits(history_days=7)) == [5]
    with database.write() as session:
        assert session.built_rows("SELECT * FROM {schema}.ended_membership", {}) == []


def test_a_job_stays_as_long_as_its_changes(stores: Stores, database: Database) -> None:
    """Past the days for which it is answered it is kept all the same, and no longer than its changes."""
    created = now_of() - 3 * DAY
    batch_ids = [admit(database, now=created), admit(database, now=created)]
    for _ in batch_ids:
        finish(database, must_claim(database))
    origin = replace(ORIGIN, kind=ChangeKind.IMPORT, batch_id=batch_ids[0], first_row=1)
    with database.write() as session, writing(session, origin, created + 5, keeps_log=True) as writer:
        writer.join_list(1001, pa.table({"id": [1], "row": [1]}))
    purge(stores, Limits(retention_days=1, history_days=7))
    with database.read() as session:
        kept = [each.batch_id for each in jobs.newest_first(session, -1, 2**62, 9)]
        assert kept == [batch_ids[0]]
        assert [each.origin.batch_id for each in change_log.sets_of_job(session, batch_ids[0])] == kept
        assert jobs.find(session, batch_ids[0], now_of() - DAY) is None
    assert purge(stores, Limits(retention_days=1, history_days=2)) == [1]
    with database.read() as session:
        assert jobs.newest_first(session, -1, 2**62, 9) == []


def test_changes_of_jobs_that_are_dropped_with_their_ids_are_set_up(database: Database) -> None:
    """A sandbox begins with what files imported, and its first job has the id of the first of these again."""
    batch_id = admit(database)
    finish(database, must_claim(database))
    origin = replace(ORIGIN, kind=ChangeKind.IMPORT, batch_id=batch_id, first_row=1)
    with database.write() as session, writing(session, origin, now_of(), keeps_log=True) as writer:
        writer.join_list(1001, pa.table({"id": [1], "row": [1]}))
        number = writer.number
    with database.write() as session:
        job_purge.drop_all(session)
    assert admit(database) == batch_id
    with database.read() as session:
        found = change_log.find_set(session, number)
        assert found is not None
        assert (found.origin.kind, found.origin.batch_id) == (ChangeKind.SETUP, None)
        assert change_log.sets_of_job(session, batch_id) == []
