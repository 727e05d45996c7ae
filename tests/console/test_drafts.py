"""Drafts of imports: they go with the people whom they name, and find their previews again."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from leadline.model.drafts import Draft
from leadline.store import drafts, previews
from leadline.store.base import Session
from tests.console.importing import PatientConsole, draft_of, foresee, upload
from tests.console.world import Console, shown
from tests.contract.api.world import whole_subscription
from tests.harness import Server
from tests.stores import open_stores

MUNCHKIN_ID = whole_subscription()["munchkin_id"]


@pytest.fixture
def console(world: Server) -> Iterator[Console]:
    browser = PatientConsole(world).login()
    yield browser
    browser.close()


def test_a_person_who_is_deleted_takes_his_drafts_along(console: Console) -> None:
    console.server.run_import("email\ngone@x.co\nstays@x.co\n")
    theirs = draft_of(upload(console, "email\nGONE@x.co\n".encode("utf-16")))
    named = draft_of(upload(console, b"email\nstays@x.co\n", name="list of Gone@X.co.csv"))
    others = draft_of(upload(console, b"email\nstays@x.co\n", name="not gone@y.co.csv"))
    person = console.server.lead("email", "gone@x.co", "id")[0]["id"]
    console.server.call("POST", "/rest/v1/leads/delete.json", json={"input": [{"id": person}]})
    assert console.get(theirs).status_code == 404
    assert console.get(named).status_code == 404
    assert console.get(others).status_code == 200


def kept(server: Server, draft: str) -> Draft:
    """Return what the store has of a draft."""
    stores = open_stores(server.data)
    try:
        with stores.subscription(MUNCHKIN_ID).read() as session:
            found = drafts.find(session, draft.rpartition("/")[2])
    finally:
        stores.close()
    assert found is not None
    return found


@contextmanager
def writing(server: Server) -> Iterator[Session]:
    stores = open_stores(server.data)
    try:
        with stores.subscription(MUNCHKIN_ID).write() as session:
            yield session
    finally:
        stores.close()


def test_a_draft_finds_the_preview_that_it_has_not_noted(console: Console) -> None:
    """A server may end between the two transactions: the preview is there, and its draft does not know it."""
    draft = draft_of(upload(console, b"email,firstName\nkilled@x.co,Ann\n"))
    assert "Created 1 row" in shown(foresee(console, draft))
    noted = kept(console.server, draft)
    with writing(console.server) as session:
        drafts.note_survey(session, noted.draft_id, noted.survey)  # which forgets what was chosen
    assert kept(console.server, draft).preview_id is None
    assert console.get(f"{draft}/preview").headers["location"] == draft
    assert "Created 1 row" in shown(foresee(console, draft))
    assert kept(console.server, draft).preview_id == noted.preview_id


def test_a_draft_whose_preview_has_expired_gets_another(console: Console) -> None:
    """Whether the draft has noted it or not."""
    draft = draft_of(upload(console, b"email,firstName\nlost@x.co,Ann\n"))
    seen = set[str]()
    for forgets in (False, True):
        foresee(console, draft)
        noted = kept(console.server, draft)
        assert noted.preview_id is not None
        seen.add(noted.preview_id)
        with writing(console.server) as session:
            previews.drop(session, noted.preview_id)
            if forgets:
                drafts.note_survey(session, noted.draft_id, noted.survey)
        assert "Created 1 row" in shown(foresee(console, draft))
        assert kept(console.server, draft).preview_id not in {None, *seen}
