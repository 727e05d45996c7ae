"""What goes through all records of a large store of PostgreSQL takes its time: a field's index, a list's members."""

import psycopg

from tests.harness import subscription
from tests.nodes.conftest import Start

SECONDS = 6
"""More than a small statement is given."""

SLOW_INDEX = f"""
CREATE FUNCTION take_time() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep({SECONDS}); END';
CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION take_time();
"""

SLOW_DELETE = f"""
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep({SECONDS}); RETURN NULL; END';
CREATE TRIGGER slow AFTER DELETE ON leadline_123_abc_456.list_member EXECUTE FUNCTION take_time();
"""


def test_a_field_whose_index_takes_long(url: str, nodes: Start) -> None:
    """It is created, and found by."""
    server = nodes(url, subscription(), workers=0)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(SLOW_INDEX)
    field = {"name": "pet", "displayName": "Pet", "dataType": "string"}
    answer = server.call("POST", "/rest/v1/leads/schema/fields.json", json={"input": [field]}).json()
    assert answer["result"][0]["status"] == "created", answer
    lead = {"email": "a@example.com", "pet": "Rex"}
    server.call("POST", "/rest/v1/leads.json", json={"input": [lead]})
    assert server.lead("pet", "rex", "email")[0]["email"] == "a@example.com"


def test_a_list_whose_members_are_many(url: str, nodes: Start) -> None:
    """It is deleted with its memberships, its leads stay."""
    server = nodes(url, subscription())
    server.run_import("email\na@example.com\n", listId=1001)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(SLOW_DELETE)
    answer = server.call("POST", "/rest/asset/v1/staticList/1001/delete.json").json()
    assert answer["success"], answer
    assert server.get("/rest/v1/lists/1001.json")["errors"][0]["code"] == "1013"
    assert server.lead("email", "a@example.com", "email") != []
