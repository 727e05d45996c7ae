"""Whatever stands where a path, a query or a form names something: a page with a sentence, and never a fault."""

from urllib.parse import quote

import httpx
import pytest

from tests.console.world import OWN, Console

PATHS = (
    "/jobs/{}/undo",
    "/jobs/1/undo?preview={}",
    "/person/{}",
    "/person/1/history?after={}",
    "/record/{}/1",
    "/record/car_c/{}",
    "/record/car_c/{}/history",
    "/import/{}",
    "/import/{}/original.csv",
    "/subscription/fields?find={}",
    "/subscription/lists?find={}",
)
FORMS = ("/jobs/1/undo/{}", "/import/{}", "/import/{}/preview")
VALUES = (
    "\0",
    "a\0b",
    "\ufffd",
    "\u202e",
    "\r\nX: 1",
    "99999999999999999999",
    "²",
    "a" * 2000,
    "'",
    "<script>",
)


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_no_value_is_a_fault(console: Console, value: str) -> None:
    asked = quote(value, safe="")
    answers = [console.get(path.replace("{}", asked)) for path in PATHS]
    answers += [_send(console, path.replace("{}", asked), value) for path in FORMS]
    answers.append(_send(console, "/person", value))
    assert [(each.request.url.path, each.status_code) for each in answers if each.status_code >= 500] == []
    assert all("<script>" not in each.text for each in answers)


def _send(console: Console, path: str, value: str) -> httpx.Response:
    form = {"by": "lead.email", "value": value, "column-0": value, "deleted": value}
    return console.http.post(console.url(path), data=form, headers=OWN)
