"""What the store holds, read over HTTP, beside what the oracle holds."""

from datetime import UTC, datetime
from typing import Any

from leadline.schema.catalog import Field, ObjectType
from tests.edge.three_kinds import LEAD, MEMBER, ROW_C, THING_C, Oracle, object_type
from tests.harness import Server
from tests.oracle import Record

PAGE = 200
Rows = dict[int, dict[str, Any]]


def as_json(field: Field, value: Any) -> Any:
    """Return a stored value as §0.7 and §8 write it."""
    if value is None:
        return None
    if field.type.name == "boolean":
        return bool(value)
    if field.type.name == "currency":
        return value / 10_000
    if field.type.name == "datetime":
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
    return value


def written(kind: ObjectType) -> list[Field]:
    """Return the fields that an import may write, but for the hour of acquisition, which is the server's."""
    return [
        each
        for each in kind.fields
        if not (each.read_only or each.system or each.company or each.name == "mktoAcquisitionDate")
    ]


def expected(kind: ObjectType, records: dict[int, Record]) -> Rows:
    """Return the oracle's records as JSON values by name."""
    return {
        number: {each.name: as_json(each, record.get(each.column)) for each in written(kind)}
        for number, record in records.items()
    }


def found(server: Server, path: str, kind: ObjectType, key: str, ids: dict[int, str]) -> Rows:
    """Return the stored records whose `key` is one of the ids, by number."""
    names = [each.name for each in written(kind)]
    numbers = {str(client_id): number for number, client_id in ids.items()}
    rows: Rows = {}
    wanted = list(numbers)
    for at in range(0, len(wanted), PAGE):
        query = {
            "filterType": key,
            "filterValues": ",".join(wanted[at : at + PAGE]),
            "fields": ",".join([key, *names]),
            "_method": "GET",
        }
        body = server.call("POST", path, data=query).json()
        assert body["success"], body
        rows |= {numbers[str(row[key])]: {name: row[name] for name in names} for row in body["result"]}
    return rows


def differences(server: Server, oracle: Oracle) -> list[tuple[str, int, str, Any, Any]]:
    """Return each value that store and oracle hold differently: kind, number, field, store's, oracle's."""
    people, members = oracle.leads.people, oracle.members
    sides = {
        "lead": (
            found(server, "/rest/v1/leads.json", LEAD, "id", {each: str(each) for each in people}),
            expected(LEAD, people),
        ),
        "member": (
            found(
                server,
                "/rest/v1/programs/1001/members.json",
                MEMBER,
                "leadId",
                {each: str(each) for each in members},
            ),
            expected(MEMBER, members),
        ),
    }
    for definition in (ROW_C, THING_C):
        name, kind = definition["apiName"], object_type(definition)
        path = f"/rest/v1/customobjects/{name}.json"
        sides[name] = (
            found(server, path, kind, "marketoGUID", oracle.guids(name)),
            expected(kind, oracle.objects[name].people),
        )
    return [
        (kind, number, name, stored.get(number, {}).get(name, "not found"), value)
        for kind, (stored, wanted) in sides.items()
        for number, record in wanted.items()
        for name, value in record.items()
        if stored.get(number, {}).get(name, "not found") != value
    ]
