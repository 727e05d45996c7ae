"""A store that a released version left is opened by this program, and by the one after it, and loses nothing.

`tests/kept` has such stores. The program after this one is a copy of it with one migration more.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import leadline
from leadline.store.directory import Stores
from leadline.store.migrate import load_migrations
from tests.conftest import storing
from tests.contract.api.undos import counts, undone
from tests.contract.store.places import MUNCHKIN_ID, Place
from tests.contract.store.racers import PATIENCE_SECONDS, die_in_upgrade, hear, racing
from tests.harness import Server, start_server
from tests.kept.stores import (
    VERSIONS,
    bring_back_embedded,
    bring_back_postgres,
    formats,
    kept_formats,
    told_of,
)
from tests.kept.subscription import WAITING, told
from tests.later import STEPS

RELEASED = sorted(path.name for path in VERSIONS.iterdir() if (path / "formats.json").exists())
PARTITIONS = "/rest/v1/leads/partitions.json"


@pytest.fixture(params=RELEASED)
def kept(place: Place, request: pytest.FixtureRequest) -> Iterator[Any]:
    """What the server of a version told of the store that is brought back here."""
    for _ in storing(place.kind, in_process=True):
        if place.url:
            bring_back_postgres(request.param, place.url)
        else:
            bring_back_embedded(request.param, place.folder)
        yield told_of(request.param, place.kind)


@pytest.mark.parametrize("version", RELEASED)
def test_the_first_migrations_stand(version: str) -> None:
    """Who edits one of them makes another format, which opens nobody's store: add a migration instead."""
    assert formats() == kept_formats(version)


def test_this_program_opens_a_store_of_a_released_version(place: Place, kept: Any) -> None:
    server = start_server(place.folder)
    try:
        _goes_on(server, kept)
    finally:
        server.stop()


def test_the_next_version_brings_it_up_to_date(place: Place, kept: Any, tmp_path: Path) -> None:
    """A migration that is killed half way has done nothing; the next start does it, and the store goes on."""
    with racing(die_in_upgrade, [(place,)]) as (racer,):
        assert hear(racer) > 1
        assert racer.poll(PATIENCE_SECONDS)
    assert _newest_migrations(place.open()) == [1, 1]
    program = _next_program(tmp_path / "next")
    server = start_server(place.folder, url=place.url, env={"PYTHONPATH": str(program)})
    try:
        _goes_on(server, kept)
    finally:
        server.stop()
    stores = place.open()
    ours = [len(load_migrations(place.dialect, kind)) for kind in STEPS]
    assert _newest_migrations(stores) == [each + 1 for each in ours]
    with stores.subscription(MUNCHKIN_ID).read() as session:
        assert session.built_rows("SELECT id FROM {schema}.newer", {}) == []


def _goes_on(server: Server, kept: Any) -> None:
    """What was told before is told again; the token works; the job that waited runs, an old one is taken back."""
    assert server.call("GET", PARTITIONS, kept["token"]).json()["success"]
    assert server.token == kept["token"]
    assert told(server, kept["waiting"]) == kept["told"]
    assert server.finish(kept["waiting"])["numOfLeadsProcessed"] == WAITING.count("\n") - 1
    assert counts(undone(server, kept["toUndo"])) == {"reverted": 1, "deleted": 1}
    assert server.lead("email", "a@x.com", "firstName,cookies")[0]["firstName"] == "Ann"
    assert server.lead("email", "c@x.com", "id") == []
    again = server.run_import("email,firstName\na@x.com,Annette\n")
    assert (again["status"], again["numOfLeadsProcessed"]) == ("Complete", 1)
    assert not server.events("StoreFailed"), server.events("StoreFailed")


def _newest_migrations(stores: Stores) -> list[int]:
    found = []
    for database in (stores.control, stores.subscription(MUNCHKIN_ID)):
        with database.read() as session:
            found.append(database.schema_version(session))
    return found


def _next_program(folder: Path) -> Path:
    """Make a copy of the program that knows a migration more; return where Python finds it."""
    source = Path(leadline.__file__).parent
    shutil.copytree(source, folder / source.name)
    for dialect in ("sqlite", "postgres"):
        for kind, step in STEPS.items():
            file = folder / source.name / "store" / "migrations" / dialect / kind / "9999_newer.sql"
            file.write_text(step, "utf-8")
    return folder
