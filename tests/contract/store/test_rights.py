"""Roles of PostgreSQL that set-up lets at the stores, and those that it does not (docs/how-to/run-on-postgresql.md)."""

from collections.abc import Iterator

import psycopg
import pytest

from leadline.errors import OperatorError, StoreRightsError
from leadline.store.directory import Stores
from leadline.store.directory_faults import faults_of
from leadline.subscriptions.rights import let_in, pass_on
from tests.clusters import cluster
from tests.contract.store.places import MUNCHKIN_ID, Place
from tests.later import bring_up_to_date

pytestmark = pytest.mark.parametrize("place", ["postgres"], indirect=True)
BY_HAND = """
GRANT USAGE ON SCHEMA leadline_control, leadline_123_abc_456 TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA leadline_control, leadline_123_abc_456 TO app;
"""


@pytest.fixture(autouse=True)
def app(place: Place) -> Iterator[None]:
    """A role without any rights."""
    cluster().run("CREATE ROLE app LOGIN")
    yield
    run_as_owner(place, "DROP OWNED BY app")
    cluster().run("DROP ROLE app")


def run_as_owner(place: Place, sql: str) -> None:
    """Run statements in the place's database."""
    with psycopg.connect(str(place.url), autocommit=True) as owner:
        owner.execute(sql)


def seen_by_app(place: Place) -> Stores:
    """Return the stores as the role sees them."""
    place.opened.append(Stores(place.folder, str(place.url).replace("postgres:", "app:")))
    return place.opened[-1]


def test_a_role_that_is_let_in_may_use_what_comes_later(place: Place, stores: Stores) -> None:
    """Named once, it may use the stores of today and their tables of tomorrow; to name it again changes nothing."""
    assert stores.control.roles() == []
    assert let_in(stores, ["app"]).done == (
        "role app may use the control store",
        f"role app may use subscription {MUNCHKIN_ID}",
    )
    assert (
        let_in(stores, ["app"]).done
        == pass_on(stores, MUNCHKIN_ID, stores.subscription(MUNCHKIN_ID)).done
        == ()
    )
    assert stores.control.roles() == ["app"]
    with stores.subscription(MUNCHKIN_ID).write() as session:
        session.run_built("CREATE TABLE {schema}.object_2 (id bigint)", {})
    assert list(faults_of(seen_by_app(place))) == []


def test_an_upgrade_passes_on_what_was_granted_by_hand(place: Place, stores: Stores) -> None:
    """Its tables, and the view of leads that it makes anew, though nobody has spoken of later tables."""
    run_as_owner(place, BY_HAND)
    assert list(faults_of(seen_by_app(place))) == []
    bring_up_to_date(stores)
    with seen_by_app(place).subscription(MUNCHKIN_ID).read() as session:
        assert session.built_rows("SELECT 1 FROM {schema}.lead, {schema}.newer", {}) == []


def test_who_may_only_read_is_not_let_at_people(place: Place, stores: Stores) -> None:
    """Somebody who watches the control store has no part in its subscriptions."""
    run_as_owner(place, "GRANT USAGE ON SCHEMA leadline_control TO app")
    run_as_owner(place, "GRANT SELECT ON ALL TABLES IN SCHEMA leadline_control TO app")
    assert stores.control.roles() == []
    assert pass_on(stores, MUNCHKIN_ID, stores.subscription(MUNCHKIN_ID)).done == ()


def test_all_that_is_missing_is_told_at_once(place: Place, stores: Stores) -> None:
    """`leadline check` as the role names every closed schema and table, and the command that opens them."""
    let_in(stores, ["app"])
    run_as_owner(place, "REVOKE INSERT ON leadline_123_abc_456.job, leadline_123_abc_456.lead_often FROM app")
    run_as_owner(place, "REVOKE DELETE ON leadline_control.token FROM app")
    (control,) = faults_of(seen_by_app(place))
    assert control.startswith("The schema leadline_control in ")
    assert control.endswith(
        "the role app may not use the tables token. As postgres, run: "
        "leadline setup FILE --database URL --grant-to app"
    )
    run_as_owner(place, "GRANT DELETE ON leadline_control.token TO app")
    (fault,) = faults_of(seen_by_app(place))
    assert "the role app may not use the tables job, lead_often. As postgres, run: " in fault
    run_as_owner(place, "REVOKE USAGE ON SCHEMA leadline_123_abc_456 FROM app")
    (fault,) = faults_of(seen_by_app(place))
    assert "the role app may not use any of it. As postgres, run: " in fault
    with pytest.raises(StoreRightsError, match=r"leadline setup FILE --database URL --grant-to app$"):
        seen_by_app(place).subscription(MUNCHKIN_ID)


def test_who_is_no_owner_is_told_the_sql(place: Place, stores: Stores) -> None:
    """The role itself cannot grant what it lacks; the statements do, when the owner runs them."""
    let_in(stores, ["app"])
    run_as_owner(place, "REVOKE INSERT ON leadline_123_abc_456.job FROM app")
    as_app = seen_by_app(place)
    grants = pass_on(as_app, MUNCHKIN_ID, as_app.subscription(MUNCHKIN_ID))
    assert (grants.done, len(grants.sql)) == ((), 1)
    run_as_owner(place, ";".join(grants.sql))
    assert list(faults_of(seen_by_app(place))) == []


def test_a_role_that_is_not_there(stores: Stores) -> None:
    with pytest.raises(OperatorError, match=r"has no role nobody_such\. Make it: createuser nobody_such"):
        let_in(stores, ["app", "nobody_such"])
    assert stores.control.roles() == []


def test_a_name_that_needs_quotes(place: Place, stores: Stores) -> None:
    run_as_owner(place, 'ALTER ROLE app RENAME TO "The App; --"')
    try:
        let_in(stores, ["The App; --"])
        assert stores.control.roles() == ["The App; --"]
    finally:
        run_as_owner(place, 'ALTER ROLE "The App; --" RENAME TO app')
