"""§6.4: a custom object that links to its own type finds its parents in the same file or call."""

from collections.abc import Iterator

import pytest

from tests.contract.api.world import CAR, TRIP, codes, import_objects, sync, whole_subscription
from tests.harness import Server, running

LINK = {"dataType": "link", "relatedTo": {"name": "node_c", "field": "name"}}
NODE = {
    "apiName": "node_c",
    "displayName": "Node",
    "dedupeFields": ["name"],
    "fields": [
        {"name": "name", "displayName": "Name", "dataType": "string"},
        {"name": "parent", "displayName": "Parent"} | LINK,
        {"name": "owner", "displayName": "Owner"} | LINK,
    ],
}
NODES = "/rest/v1/customobjects/node_c.json"
ROWS = 30_000
NAME = "a-node-of-a-long-name-{:012}"
DANGLING = "Value for lookup field 'parent' not found"


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription(custom_objects=[NODE, TRIP, CAR])
    yield from running(tmp_path_factory.mktemp("nodes") / "data", document)


def ledger(server: Server, rows: list[str]) -> list[tuple[str, str]]:
    """Import rows of name and parent; return outcome and reason of each."""
    batch_id = import_objects(server, "node_c", "name,parent\n" + "\n".join(rows) + "\n")["batchId"]
    return [(line.split(",", 3)[1], line.split(",", 3)[3]) for line in server.ledger(batch_id)]


def spelling(server: Server, name: str, field: str = "parent") -> object:
    query = {"filterType": "name", "filterValues": name, "fields": field}
    (found,) = server.get(NODES, params=query)["result"]
    return found[field]


def test_parents_in_every_chunk(world: Server) -> None:
    """In the row before, in the chunk before, thousands of rows before; failed and later rows are none."""
    parents = {number: number - 1 for number in range(1, ROWS)}
    parents |= {number: number // 2 for number in range(2, ROWS, 3)}
    parents |= {number: number + 1 for number in range(3_000, ROWS, 3_000)}
    rows = [f"{NAME.format(0).upper()},"]
    rows += [f"{NAME.format(number)},{NAME.format(parent)}" for number, parent in parents.items()]
    there, expected = {0}, ["created"]
    for number, parent in parents.items():
        expected.append("created" if parent in there else "failed")
        there |= {number} if parent in there else set()
    told = ledger(world, rows)
    chunks = [event for event in world.events("ChunkMerged") if event["rows"] > 1]
    assert len(chunks) > 2
    assert [outcome for outcome, _ in told] == expected
    assert {reason for outcome, reason in told if outcome == "failed"} == {DANGLING}
    assert spelling(world, NAME.format(1)) == NAME.format(0).upper()
    assert ledger(world, rows[1:3]) == [("unchanged", "")] * 2


def test_a_link_takes_the_spelling_of_that_moment(world: Server) -> None:
    """§3.6: a parent of an earlier row may be spelled anew by the row before its child."""
    ledger(world, ["Root,"])
    assert ledger(world, ["s1,root", "ROOT,", "s2,root", "root,", "s3,ROOT"]) == [
        ("created", ""),
        ("updated", ""),
        ("created", ""),
        ("updated", ""),
        ("created", ""),
    ]
    assert [spelling(world, name) for name in ("s1", "s2", "s3")] == ["Root", "ROOT", "root"]


def test_nobody_is_his_own_parent(world: Server) -> None:
    """A new record that points to itself, or to a row behind it, fails; once it is there, it may."""
    assert ledger(world, ["self,self", "early,late", "late,", "self,", "self,self", "early,late"]) == [
        ("failed", DANGLING),
        ("failed", DANGLING),
        ("created", ""),
        ("created", ""),
        ("updated", ""),
        ("created", ""),
    ]


def test_records_of_a_call(world: Server) -> None:
    """§9.9: in the order of the input; a record that is refused is nobody's parent."""
    told = sync(
        world,
        NODES,
        {"name": "C1"},
        {"name": "c2", "parent": "c1", "owner": "C1"},
        {"name": "c3", "parent": "nobody"},
        {"name": "c4", "parent": "c3"},
        {"name": "c5", "parent": "c2", "owner": "c4"},
        {"name": "c6", "parent": "c7"},
        {"name": "c7"},
        {"name": "c1", "parent": "c2"},
        {"name": "c8", "parent": "c1"},
    )
    assert codes(told) == ["created", "created", "1013", "1013", "1013", "1013", "created", "1036", "created"]
    assert [spelling(world, name) for name in ("c2", "c8")] == ["C1", "C1"]
    only = sync(world, NODES, {"name": "c9"}, {"name": "c2", "parent": "c9"}, action="updateOnly")
    assert codes(only) == ["1013", "1013"]
