"""The public collection csv-spectrum: every value comes back as its author meant it, from both databases."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import storing
from tests.contract.api.world import import_objects, sync
from tests.edge.three_kinds import object_of
from tests.harness import Server, running, subscription

FOLDER = Path(__file__).with_name("csv-spectrum")
NAMES = sorted(each.stem for each in FOLDER.glob("*.csv"))
OTHER_PHONE = {"location_coordinates": ("ContactPhoneNumber", "2095257564")}
"""Where the author's two files disagree: what the CSV file says."""


def columns_of(name: str) -> list[str]:
    """Return the column names of a file, as API names."""
    return (FOLDER / f"{name}.csv").read_text("utf-8").splitlines()[0].replace(" ", "").split(",")


OBJECTS = {"x" + "".join(columns)[:20] + "_c": columns for columns in map(columns_of, NAMES)}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """On one database after the other."""
    yield from storing(request.param)


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A custom object for each set of columns."""
    objects = [
        object_of(name, columns[:1], *({"name": each, "displayName": each} for each in columns))
        for name, columns in OBJECTS.items()
    ]
    yield from running(tmp_path_factory.mktemp("spectrum") / "data", subscription(custom_objects=objects))


def test_there_are_twelve() -> None:
    assert len(NAMES) == 12


@pytest.mark.parametrize("name", NAMES)
def test_the_values_are_exact(world: Server, name: str) -> None:
    """§3.3: a blank cell is no value; all else comes back to the character."""
    columns = columns_of(name)
    target = next(each for each, names in OBJECTS.items() if names == columns)
    lines = (FOLDER / f"{name}.csv").read_bytes().splitlines(keepends=True)
    file = lines[0].replace(b" ", b"") + b"".join(lines[1:])
    expected = values_of(name)
    status = import_objects(world, target, file)
    assert (status["numOfObjectsProcessed"], status["numOfRowsFailed"]) == (len(expected), 0)
    ids = [line.split(",")[2] for line in world.ledger(status["batchId"])]
    query = {"filterType": "marketoGUID", "filterValues": ",".join(ids), "fields": ",".join(columns)}
    rows = world.get(f"/rest/v1/customobjects/{target}.json", params=query)["result"]
    stored = {row["marketoGUID"]: {column: row[column] for column in columns} for row in rows}
    assert [stored[each] for each in ids] == expected
    gone = sync(
        world,
        f"/rest/v1/customobjects/{target}/delete.json",
        *({"marketoGUID": each} for each in ids),
        deleteBy="idField",
    )
    assert [each["status"] for each in gone] == ["deleted"] * len(ids)


def values_of(name: str) -> list[dict[str, Any]]:
    """Return the author's values by column; blank ones are none."""
    meant = json.loads((FOLDER / f"{name}.json").read_bytes())
    rows = [
        {column.replace(" ", ""): value or None for column, value in row.items()}
        for row in (meant if isinstance(meant, list) else [meant])
    ]
    if name in OTHER_PHONE:
        column, value = OTHER_PHONE[name]
        rows[0][column] = value
    return rows
