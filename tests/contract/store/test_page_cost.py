"""A page of the leads in a list costs by the page, not by the list."""

import time

from leadline.schema.leads import lead_type
from leadline.store import lists, reading
from leadline.store.base import Database, Session
from tests import citus
from tests.contract.store.places import NOW, Place

SMALL, LARGE = 600, 60_000
PAGE = 300


def put_leads(session: Session, list_id: int, first: int, count: int) -> None:
    """Put new leads into a new list."""
    lists.put_list(session, list_id, f"List {list_id}", None, NOW)
    numbers = f"WITH RECURSIVE n (id) AS (SELECT {first} UNION ALL SELECT id + 1 FROM n WHERE id + 1 < {first + count})"
    session.run_built(
        "INSERT INTO {schema}.lead_often (id, partition_id, created_at, updated_at, changed) "
        f"{numbers} SELECT id, 1, 0, 0, 1 FROM n",
        {},
    )
    session.run_built(
        "INSERT INTO {schema}.list_member (list_id, lead_id, added_at, changed) "
        f"{numbers} SELECT {list_id}, id, 0, 1 FROM n",
        {},
    )


def page_seconds(session: Session, list_id: int, first: int) -> float:
    """Return the time of a list's first page."""
    fields = [each for each in lead_type().fields if each.name in ("id", "email")]
    began = time.perf_counter()
    page = reading.read(session, lead_type(), fields, reading.in_list(list_id), 0, PAGE)
    spent = time.perf_counter() - began
    assert [each.id for each in page] == list(range(first, first + PAGE))
    return spent


def test_a_page_of_a_large_list_costs_as_that_of_a_small_one(place: Place, database: Database) -> None:
    """The members are read in the order of their key; nothing sorts the whole list.

    A node of Citus plans each statement with its values, prepared or not, so there it needs to know the table.
    """
    with database.write() as session:
        put_leads(session, 5001, 1_000_000, SMALL)
        put_leads(session, 5002, 2_000_000, LARGE)
    if place.kind == "given" and citus.URL:
        with database.write() as session:
            session.run_built("ANALYZE {schema}.list_member", {})
            session.run_built("ANALYZE {schema}.lead_often", {})
    with database.read() as session:
        small, large = (
            min(page_seconds(session, *each) for _ in range(7))
            for each in ((5001, 1_000_000), (5002, 2_000_000))
        )
    assert large < 4 * small, f"{large * 1000:.1f} ms instead of {small * 1000:.1f} ms"
