"""Drafts of imports: bounded in number, bytes and time, gone with a person, and headers that are remembered."""

import io
import uuid

import polars as pl
import pyarrow as pa
import pytest

from leadline.clock import MachineTime
from leadline.config import Settings
from leadline.merging.erased_previews import erase_previews
from leadline.model import drafts as bounds
from leadline.model.drafts import Chosen, Draft, DraftRequest
from leadline.model.jobs import JobKind
from leadline.store import drafts, uploads
from leadline.store.base import Database
from leadline.store.directory import Stores
from leadline.worker.janitor import Janitor
from tests.contract.store.places import MUNCHKIN_ID, NOW

WANTED = DraftRequest(JobKind.MEMBER, "1001", member_status="Attended")


def add(database: Database, now: int = NOW, file_bytes: int = 6, *marks: str) -> str:
    with database.write() as session:
        upload = uploads.NewUpload(uuid.uuid4().hex, io.BytesIO(b"email\n"), file_bytes, is_file=False)
        draft_id = drafts.add(session, "c", WANTED, upload, "a.csv", "{}", now)
        drafts.mark(session, draft_id, pa.array(marks, pa.string()))
    return draft_id


def find(database: Database, draft_id: str, now: int | None = None) -> Draft | None:
    with database.read() as session:
        return drafts.find(session, draft_id, now)


def kept(database: Database, *draft_ids: str) -> list[bool]:
    return [find(database, each) is not None for each in draft_ids]


def test_a_draft_is_read_back_as_it_was_kept(database: Database) -> None:
    draft_id, chosen = add(database), Chosen(("email", None), {0: ("dmy", "2045-12-31")}, 3)
    with database.write() as session:
        drafts.note_chosen(session, draft_id, chosen, "p1")
    found = find(database, draft_id)
    assert found is not None
    assert (found.wanted, found.chosen, found.preview_id, found.file_name) == (WANTED, chosen, "p1", "a.csv")
    assert b"".join(uploads.blocks_named(database, found.upload)) == b"email\n"
    with database.write() as session:
        drafts.note_survey(session, draft_id, "{1}")
    again = find(database, draft_id)
    assert again is not None
    assert (again.chosen, again.preview_id, again.survey) == (None, None, "{1}")


def test_the_oldest_of_too_many_go_with_their_bytes(database: Database) -> None:
    first = add(database)
    upload = (found := find(database, first)) and found.upload
    others = [add(database) for _ in range(bounds.DRAFTS_MAX)]
    assert kept(database, first, *others) == [False, *[True] * bounds.DRAFTS_MAX]
    assert list(uploads.blocks_named(database, upload or "")) == []


def test_so_do_the_oldest_of_too_many_bytes_but_never_the_newest(database: Database) -> None:
    small, large = add(database), add(database, NOW, bounds.DRAFT_BYTES_MAX)
    assert kept(database, small, large) == [False, True]
    larger = add(database, NOW, bounds.DRAFT_BYTES_MAX + 1)
    assert kept(database, large, larger) == [False, True]


def test_after_a_day_the_janitor_takes_them(stores: Stores, database: Database) -> None:
    now = MachineTime().now(MUNCHKIN_ID)
    old, young = add(database, now - bounds.DRAFT_SECONDS), add(database, now)
    assert find(database, old, now) is None
    Janitor(stores, MachineTime(), Settings(), lambda event: None).purge_drafts(MUNCHKIN_ID)
    assert kept(database, old, young) == [False, True]


@pytest.mark.parametrize(("ids", "addresses"), [([7], []), ([], ["ann@x.co"])])
def test_a_deleted_person_takes_the_drafts_along_that_name_him(
    database: Database, ids: list[int], addresses: list[str]
) -> None:
    named = add(database, NOW, 6, "#7", "ann@x")
    other = add(database, NOW, 6, "#8", "bob@x")
    with database.write() as session:
        erase_previews(session, pl.Series(ids, dtype=pl.Int64), pl.Series(addresses, dtype=pl.String))
    assert kept(database, named, other) == [False, True]


def test_headers_used_longest_ago_are_forgotten(database: Database) -> None:
    with database.write() as session:
        for number in range(bounds.MAPPINGS_MAX + 1):
            drafts.remember(session, f"h{number}", ["email", None], number)
        drafts.remember(session, "h1", [None, "email"], 10_000)
        drafts.remember(session, "new", ["email"], 10_001)
        found = [drafts.remembered(session, each) for each in ("h0", "h1", "h2", "h3", "new")]
    assert found == [None, [None, "email"], None, ["email", None], ["email"]]
