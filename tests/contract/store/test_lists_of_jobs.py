"""Lists of jobs: what they are filtered by, how many there are of each, and how fast that is among thousands."""

from time import perf_counter

import pytest

from leadline.clock import MachineTime
from leadline.imports.counts import JobFigures
from leadline.imports.status import Jobs, QueueNow
from leadline.model.callers import Caller
from leadline.model.jobs import JobKind, Status
from leadline.model.listed_jobs import JobFilter
from leadline.model.rules import DEFAULT_RULES, Limits
from leadline.store import job_hours, jobs
from leadline.store.base import Database
from leadline.store.directory import Stores
from tests.contract.store.places import MUNCHKIN_ID, admit, finish, must_claim, rescue

CALLER = Caller(MUNCHKIN_ID, "client", "user", None, None, Limits(), DEFAULT_RULES)
ALL = tuple(JobKind)
ANY_ID = 2**62
HOUR = 3600

MANY = """
INSERT INTO {schema}.job (batch_id, object_type, queue, format, lookup_field, list_id, rules, partition_id,
    partition_fixed, header, upload, status, has_slashes, file_bytes, issue_bytes_left, user_name, next_row, failed,
    processed, created, undoes, created_at, started_at, finished_at)
WITH RECURSIVE n (i) AS (SELECT 2001 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
SELECT i, CASE i % 3 WHEN 0 THEN 'lead' WHEN 1 THEN 'program_member' ELSE 'Car_c' END, 'shared', 'csv', 'email',
       CASE i % 10 WHEN 0 THEN 1001 ELSE NULL END, :rules, 1, 0, :header, '',
       CASE i % 100 WHEN 0 THEN 'Failed' ELSE 'Complete' END, 1, 1000, 0,
       CASE i % 5000 WHEN 7 THEN 'rare@example.com' ELSE 'user' END, 1 + i % 50, CASE i % 50 WHEN 49 THEN 49 ELSE 0 END,
       CASE i % 50 WHEN 49 THEN 0 ELSE i % 50 END, CASE i % 50 WHEN 49 THEN 0 ELSE i % 50 END,
       CASE i % 500 WHEN 450 THEN i - 400 ELSE NULL END, :now, :now, :now
FROM n
"""


@pytest.fixture
def lists(stores: Stores) -> Jobs:
    return Jobs(stores, MachineTime())


@pytest.fixture
def many(database: Database) -> Database:
    """Ten thousand jobs: each 50th has failures, each 100th failed, each 500th undoes another one."""
    with database.write() as session:
        values = {"now": MachineTime().now(""), "rules": DEFAULT_RULES.model_dump_json()}
        session.run_built(MANY, {**values, "header": b"email,firstName,lastName\n" * 20})
    return database


WANTED = {
    "all": JobFilter(),
    "complete": JobFilter(status=Status.COMPLETE),
    "queued": JobFilter(status=Status.QUEUED),
    "failed": JobFilter(status=Status.FAILED),
    "with failures": JobFilter(with_failures=True),
    "undone": JobFilter(undone=True),
    "of a rare user": JobFilter(user="rare@example.com"),
    "of a custom object": JobFilter(object_type="CAR_c"),
    "into a list": JobFilter(list_id=1001),
    "all at once": JobFilter(Status.COMPLETE, "lead", "user", 1001, with_failures=False, undone=True),
}


@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED.keys())
def test_groups_count_what_pages_hold(lists: Jobs, many: Database, wanted: JobFilter) -> None:
    """For every filter, and for a caller who may see some kinds alone."""
    for kinds in (ALL, (JobKind.OBJECT,), (JobKind.LEAD, JobKind.MEMBER)):
        counted = sum(each.jobs for each in lists.groups(CALLER, kinds) if wanted.takes(each))
        found = lists.newest(CALLER, kinds, wanted, ANY_ID, 20_000)
        assert len(found) == counted
        ids = [each.job.batch_id for each in found]
        assert ids == sorted(ids, reverse=True)
        assert {each.job.request.kind for each in found} <= set(kinds)
        assert all((each.undone_by is not None) >= wanted.undone for each in found)
        assert all(each.job.failed >= wanted.with_failures for each in found)
    if wanted.status is not Status.QUEUED:
        assert lists.newest(CALLER, ALL, wanted, ANY_ID, 1)


def test_a_page_among_ten_thousand_jobs_is_fast(lists: Jobs, many: Database) -> None:
    """What the list of jobs shows at once takes some milliseconds; the bound is for busy machines."""

    def page(wanted: JobFilter) -> float:
        begin = perf_counter()
        lists.newest(CALLER, ALL, wanted, ANY_ID, 51)
        lists.groups(CALLER, ALL)
        lists.queue(CALLER)
        return perf_counter() - begin

    for name, wanted in WANTED.items():
        assert min(page(wanted) for _ in range(5)) < 0.25, name
    few = min(page(JobFilter()) for _ in range(5))
    assert min(page(JobFilter(object_type="none_c")) for _ in range(5)) < 20 * max(few, 0.005)


def test_the_queue_as_it_stands(lists: Jobs, database: Database) -> None:
    """Seats of imports that have not finished, slots, their rows a second, and for how long the oldest waits."""
    assert lists.queue(CALLER) == QueueNow(0, 10, 0, 2, 0, None)
    now = MachineTime().now("")
    for age in (500, 300, 100):
        admit(database, now=now - age)
    must_claim(database)
    queue = lists.queue(CALLER)
    assert (queue.seats_used, queue.importing) == (3, 1)
    assert 300 <= (queue.oldest_queued or 0) < 360
    assert (
        lists.queue(Caller(MUNCHKIN_ID, "", "", None, None, Limits(shared_queue=False), DEFAULT_RULES)).seats
        == 30
    )


def test_a_rescue_is_counted(database: Database) -> None:
    """A job says how often its worker died; a hand-back is none."""
    batch_id = admit(database)
    with database.write() as session:
        job = jobs.claim(session, "w", 1, 2)
        assert job is not None
        jobs.release(session, job)
    assert must_claim(database).rescued == 0
    rescue(database, batch_id)
    last = must_claim(database)
    assert last.rescued == 1
    assert finish(database, last).rescued == 1


def test_rows_by_hour_and_by_day(stores: Stores, database: Database, many: Database) -> None:
    """Both add up to the same; a time without jobs is there too, and what is older is not."""
    now, figures = MachineTime().now(""), JobFigures(stores, MachineTime(), Jobs(stores, MachineTime()))
    with database.write() as session:
        for batch_id, hours in ((2049, 0), (2002, 1), (2003, 1), (2050, 23), (2005, 24), (2006, 89 * 24)):
            job_hours.count(session, batch_id, now - hours * HOUR)
        job_hours.count(session, 2950, now)  # an undo
    hours = figures.rows_by_hour(CALLER, ALL, 24)
    assert len(hours) == 24
    assert [each.begin for each in hours] == sorted(each.begin for each in hours)
    assert (hours[-1].jobs, hours[-1].failed, hours[-1].created) == (2, 49, 0)
    assert (hours[-2].jobs, hours[-2].created) == (2, 5)
    assert hours[0].jobs == 1
    assert sum(each.jobs for each in hours) == 5
    days = figures.rows_by_day(CALLER, ALL, 90)
    assert len(days) == 90
    assert (days[0].created, sum(each.created for each in days)) == (6, 2 + 3 + 5 + 6)
    assert sum(each.jobs for each in days) == 7
    told = figures.days(CALLER, ALL, 90)
    assert sum(each.failed for each in told) == sum(each.failed for each in days) == 49
    assert sum(each.jobs for each in figures.rows_by_day(CALLER, (JobKind.OBJECT,), 90)) < 7
