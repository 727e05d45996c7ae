"""What a server says of records, jobs and their past, compared with the model."""

import csv
import io
from typing import Any

from tests.contract.trust.steps import FIELDS, KEY_FIELD, LISTS, World
from tests.model_of_trust import CAR, GONE, LEAD, LISTED, MEMBER, Entry, Key, Write

SHOWN = {"listId": "list", "statusName": "programStatus"}


def check(world: World) -> None:
    """Compare everything."""
    for key in [key for key in world.model.states if key[0] in FIELDS]:
        check_values(world, key)
        check_history(world, key)
        check_provenance(world, key)
    for batch_id in (*world.ledgers, *world.undos):
        check_changes(world, batch_id)


def check_values(world: World, key: Key) -> None:
    names = (KEY_FIELD[key[0]], *FIELDS[key[0]])
    if key[0] == LEAD:
        params = {"fields": ",".join(names)}
        (found,) = world.server.get(f"/rest/v1/lead/{world.id_of(key)}.json", params=params)["result"]
    else:
        params = {"filterType": "vin", "filterValues": key[1], "fields": ",".join(names)}
        (found,) = world.server.get("/rest/v1/customobjects/car_c.json", params=params)["result"]
    told = {name: found[name] for name in names}
    wanted = {name: world.model.value(key, name) for name in names}
    assert told == wanted, f"{key}: {told} instead of {wanted}"


def check_history(world: World, key: Key) -> None:
    names = {KEY_FIELD[key[0]], *FIELDS[key[0]], "list", "programStatus", "rank"}
    found = everything(world, f"{path_of(world, key)}/history.json")
    instants = [each["at"] for each in found]
    assert instants == sorted(instants, reverse=True)
    told = [entry_of(each) for each in found if each["field"] in names]
    keys = [key]
    if key[0] == LEAD:
        keys += [world.listed(key, each) for each in LISTS] + [world.member(key)]
    wanted = in_order([each for each in world.model.history(keys, SHOWN) if each.field in names])
    assert in_order(told) == wanted, f"{key}: {in_order(told)} instead of {wanted}"


def in_order(entries: list[Entry]) -> list[list[tuple[Any, ...]]]:
    """Return entries set by set, those of a set in one order; numbers of sets are the server's own."""
    sets: dict[int, list[tuple[Any, ...]]] = {}
    for each in entries:
        shown = (each.field, each.old, each.new, each.kind, each.batch_id, each.row, each.undone)
        sets.setdefault(each.number, []).append(shown)
    return [sorted(each) for each in sets.values()]


_seen: dict[tuple[str, Any], int] = {}


def entry_of(told: dict[str, Any]) -> Entry:
    """Return an entry of a history; what has one source is one set."""
    source = told["source"]
    own = (source["kind"], source["requestId"] or source["batchId"])
    number = _seen.setdefault(own, len(_seen))
    kind = "call" if source["kind"] in ("call", "delete") else source["kind"]
    return Entry(
        number,
        told["field"],
        repr(told["old"]),
        repr(told["new"]),
        kind,
        source["batchId"] or 0,
        source["row"] or 0,
        told["undone"],
    )


def check_provenance(world: World, key: Key) -> None:
    found = world.server.get(f"{path_of(world, key)}/provenance.json")["result"]
    told = {each["field"]: each for each in found}
    for name in (KEY_FIELD[key[0]], *FIELDS[key[0]]):
        value = world.model.value(key, name)
        if value is None:
            continue
        write, back = world.model.source(key, name)
        assert write is not None, "the model has seen each record made"
        each = told[name]
        found_source = each["source"] and shown_source(each["source"])
        assert (each["value"], found_source) == (value, source_of(write)), (key, name, each)
        restored = each.get("restoredBy")
        assert (restored and restored["batchId"]) == (back and back.change.batch_id), (key, name, each)


def shown_source(source: dict[str, Any]) -> tuple[str, int | None, int | None]:
    return source["kind"], source["batchId"], source["row"]


def source_of(write: Write) -> tuple[str, int | None, int | None]:
    return write.change.kind, write.change.batch_id, write.row


def check_changes(world: World, batch_id: int) -> None:
    """Hold a job's file of changes to its writes, net: `id` and `key` are the record's."""
    text = world.server.call("GET", f"/leadline/v1/jobs/{batch_id}/changes.csv").text
    names = {
        *KEY_FIELD.values(),
        *(name for names in FIELDS.values() for name in names),
        *SHOWN.values(),
        "rank",
    }
    told = [each for each in csv.DictReader(io.StringIO(text)) if each["field"] in names]
    wanted = []
    for change in world.model.log:
        if change.batch_id != batch_id:
            continue
        for (key, name), write in change.writes.items():
            is_gone = GONE in key
            if SHOWN.get(name, name) not in names:
                continue
            if not write.is_seen and not (is_gone and write.makes_record):
                continue
            owner = (LEAD, key[1]) if key[0] in (LISTED, MEMBER) else key
            named = ("", "") if is_gone else (str(world.id_of(owner)), owner[1])
            old, new = ("" if each.value is None else str(each.value) for each in (write.before, write.after))
            new = "unknown" if is_gone and write.makes_record else new
            wanted.append((str(write.row), *named, SHOWN.get(name, name), old, new))
    found = sorted(tuple(each.values()) for each in told)
    assert found == sorted(wanted), f"job {batch_id}: {found} instead of {sorted(wanted)}"


def check_ledger(world: World, batch_id: int) -> None:
    """Hold the ledger to what the model says of each row, as long as its records exist."""
    lines = world.server.ledger(batch_id)
    told = [line.split(",")[1] for line in lines]
    assert told == [outcome for outcome, _ in world.ledgers[batch_id]]
    for line, (_, key) in zip(lines, world.ledgers[batch_id], strict=True):
        if key in world.model.states:
            assert line.split(",")[2] == str(world.id_of(key))


def check_undo(world: World, undo_id: int) -> None:
    """Hold the ledger of an undo to what the model says; rows of one record in a file are told otherwise."""
    if undo_id in world.repeats:
        return
    told = {int(line.split(",")[0]): line.split(",")[1] for line in world.server.ledger(undo_id)}
    for row, outcome in told.items():
        assert outcome == world.undos[undo_id].get(row, "gone"), (undo_id, row)
    assert set(world.undos[undo_id]) <= set(told)
    text = world.server.call("GET", f"/leadline/v1/jobs/{undo_id}/kept.csv").text
    kept = sorted(int(each["row"]) for each in csv.DictReader(io.StringIO(text)))
    assert kept == world.kept[undo_id], (undo_id, text)


def path_of(world: World, key: Key) -> str:
    base = "customobjects/car_c" if key[0] == CAR else "leads"
    return f"/leadline/v1/{base}/{world.id_of(key)}"


def everything(world: World, path: str) -> list[dict[str, Any]]:
    """Return all items of a paged answer, in small pages."""
    found: list[dict[str, Any]] = []
    token = None
    while True:
        params = {"batchSize": 7} | ({"nextPageToken": token} if token else {})
        answer = world.server.get(path, params=params)
        found += answer["result"]
        token = answer.get("nextPageToken")
        if token is None:
            return found
