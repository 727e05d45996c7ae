"""A worker that froze in the middle of a COPY: no time limit of the server strikes there, so who rescues ends it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from leadline.store import claimed_jobs
from tests.clusters import KINDS, url_for
from tests.contract.store.places import MUNCHKIN_ID, Place, admit, begin, held, must_claim, rescue
from tests.harness import until
from tests.refusals import refusing


@pytest.fixture(params=[*KINDS[1:], "double"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A server; the double of Citus, whose nodes have connections of their own, is another."""
    kind = request.param
    place = Place(kind, tmp_path, refusing(tmp_path) if kind == "double" else url_for(kind, tmp_path))
    yield place
    for stores in place.opened:
        stores.close()


def test_its_connection_is_ended_and_its_job_is_free(place: Place) -> None:
    """The one that holds the job, no other: a COPY of somebody else goes on."""
    stores = place.open()
    stores.prepare()
    begin(stores)
    database = stores.subscription(MUNCHKIN_ID)
    batch_id = admit(database)
    must_claim(database)
    assert place.url is not None
    copy = "COPY leadline_123_abc_456.list (id, name, created_at) FROM STDIN"

    def is_ended() -> bool:
        with database.write() as session:
            claimed_jobs.end_silent_holder(session, held(session, batch_id))
        return rescue(database, batch_id) is not None

    with psycopg.connect(place.url) as other, other.cursor().copy(copy), psycopg.connect(place.url) as frozen:
        frozen.execute("SELECT 1 FROM leadline_123_abc_456.job FOR UPDATE")
        with pytest.raises(psycopg.OperationalError), frozen.cursor().copy(copy):
            until(is_ended)
