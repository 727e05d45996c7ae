"""What becomes of the change log when an object type or a field of one is deleted, and made again."""

from typing import Any

from leadline.model.change_parts import unpack_part
from leadline.store.base import Database
from tests.contract.api.world import import_objects, post
from tests.contract.told_changes import contents_of, untold
from tests.harness import Server
from tests.stores import open_stores

SCHEMA = "/rest/v1/customobjects/schema"


def field(name: str, data_type: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "displayName": name.title(), "dataType": data_type, **more}


def schema(server: Server, path: str, body: Any = None) -> None:
    answer = post(server, f"{SCHEMA}{path}", body)
    assert answer["success"], answer


def approved(server: Server, *fields: dict[str, Any], make: bool = False) -> None:
    """Add fields to the type of boats and approve it."""
    if make:
        schema(server, ".json", {"apiName": "boat_c", "displayName": "Boat"})
    schema(server, "/boat_c/addField.json", {"input": list(fields)})
    schema(server, "/boat_c/approve.json")


def columns_of(database: Database) -> list[set[str]]:
    """Return the columns of each part of boats, and what new ones were given."""
    with database.read() as session:
        rows = session.built_rows(
            "SELECT block FROM {schema}.change_part WHERE object_type = 'boat_c' ORDER BY set_number, part",
            {},
        )
    parts = [unpack_part(bytes(row["block"])) for row in rows]
    return [{*table.column_names, *given} for table, given in parts]


def test_what_is_made_again_begins_without_the_changes_of_its_forerunner(world: Server) -> None:
    stores = open_stores(world.data)
    database = stores.subscription("123-ABC-456")
    hull = field("hull", isDedupeField=True)
    approved(world, hull, field("name"), field("size"), make=True)
    import_objects(world, "boat_c", "hull,name,size\nh1,One,big\nh2,Two,small\n")
    import_objects(world, "boat_c", "hull,name,size\nh1,One,small\nh2,New,small\n")
    logged = columns_of(database)
    assert [("set:size" in each, "size" in each) for each in logged] == [(False, True), (True, False)]

    schema(world, "/boat_c/deleteField.json", {"input": [{"name": "size"}]})
    schema(world, "/boat_c/approve.json")
    assert columns_of(database) == logged, "a field that is gone is still told of"
    approved(world, field("Size", "integer"))
    kept = [{each for each in some if each.partition(":")[2] != "size" and each != "size"} for some in logged]
    assert columns_of(database) == kept
    with database.read() as session:
        before = contents_of(session)
    import_objects(world, "boat_c", "hull,Size\nh1,5\n")
    with database.read() as session:
        assert untold(session, before) == []

    schema(world, "/boat_c/delete.json")
    assert columns_of(database) == []
    with database.read() as session:
        before = contents_of(session)
    approved(world, hull, field("name"), make=True)
    import_objects(world, "boat_c", "hull,name\nh1,Again\n")
    with database.read() as session:
        assert untold(session, before) == []
    stores.close()
