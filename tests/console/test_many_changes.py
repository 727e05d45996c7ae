"""The changes of a large job: a page reads a bounded part of the log, and leads on through all of it."""

import re
from collections.abc import Iterator

import pytest

from leadline.clock import MachineTime
from leadline.imports.job_changes import JobChanges
from leadline.imports.status import Jobs
from leadline.model.change_parts import PART_ROWS
from tests.console.reading import shown
from tests.console.world import Console
from tests.contract.store.test_lists_of_jobs import CALLER
from tests.harness import Server
from tests.stores import open_stores

PEOPLE = 2 * PART_ROWS + 100
LATE = 3
"""So many people, the last of all, get another title."""


@pytest.fixture(scope="module")
def batch_id(world: Server) -> int:
    """A job that changes the first name of all, and the title of the last few."""

    def people(name: str, title: str) -> str:
        titles = ("Same" if number < PEOPLE - LATE else title for number in range(PEOPLE))
        rows = (f"m{number}@x.co,{name}{number},{each}" for number, each in enumerate(titles))
        return "\n".join(["email,firstName,title", *rows, ""])

    world.run_import(people("Old", "Before"))
    return int(world.run_import(people("New", "After"))["batchId"])


@pytest.fixture
def changes(world: Server) -> Iterator[JobChanges]:
    stores = open_stores(world.data)
    yield JobChanges(stores, Jobs(stores, MachineTime()))
    stores.close()


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_each_line_comes_once_however_little_is_read(changes: JobChanges, batch_id: int, parts: int) -> None:
    lines, at, pages = [], (0, 0), 0
    while True:
        page = changes.page(CALLER, batch_id, ["title"], at, 2, parts_read=parts)
        assert page is not None
        assert len(page.lines) <= 2
        lines, pages = lines + page.lines, pages + 1
        if page.next is None:
            break
        at = page.next
    assert [(each.key, each.old, each.new) for each in lines] == [
        (f"m{number}@x.co", "Before", "After") for number in range(PEOPLE - LATE, PEOPLE)
    ]
    assert pages <= 3 + LATE


def test_fields_are_counted_as_far_as_is_said(changes: JobChanges, batch_id: int) -> None:
    for parts, counted, titles in ((1, PART_ROWS, 0), (3, PEOPLE, LATE)):
        page = changes.page(CALLER, batch_id, [], (0, 0), 1, parts_counted=parts)
        assert page is not None
        assert (page.counted, page.records) == (counted, PEOPLE)
        found = {each.field: each.overwrites for each in page.fields}
        assert (found["firstName"], found.get("title", 0)) == (counted, titles)


def test_a_page_tells_the_fields_of_all_parts(console: Console, batch_id: int) -> None:
    text = shown(console.get(f"/jobs/{batch_id}/changes").text)
    assert re.search(rf"firstName {PEOPLE} 0 0 title {LATE} 0 0", text)
    assert "They are counted in the first" not in text
