"""The stores under test. A second database is a second parameter of `place`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.store.base import Database
from leadline.store.directory import Stores
from tests.clusters import KINDS, url_for
from tests.contract.store.places import MUNCHKIN_ID, Place, begin


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place without any store yet; files are made as the program makes them, for nobody else."""
    before = os.umask(0o077)
    folder, kind = tmp_path / "data", request.param
    place = Place(kind, folder) if kind == "sqlite" else Place(kind, folder, url_for(kind, folder))
    yield place
    for stores in place.opened:
        stores.close()
    os.umask(before)


@pytest.fixture
def embedded_place(tmp_path: Path) -> Iterator[Place]:
    """A place for embedded stores, without any yet."""
    place = Place("sqlite", tmp_path / "data")
    yield place
    for stores in place.opened:
        stores.close()


@pytest.fixture
def stores(place: Place) -> Iterator[Stores]:
    """Stores that hold one subscription."""
    stores = place.open()
    stores.prepare()
    begin(stores)
    yield stores
    stores.close()


@pytest.fixture
def database(stores: Stores) -> Database:
    """The subscription's store."""
    return stores.subscription(MUNCHKIN_ID)
