"""The journal keeps the last calls and says how many it has dropped."""

import asyncio
import hashlib

import pytest
from starlette.types import Message

from leadline.sandbox.calls.journal import CALLS_MAX, Journal, JournalEntry
from leadline.sandbox.calls.sent_body import NAMES_MAX, VALUE_MAX, SentBody, fields_of

FORM = (
    b"--x\r\nContent-Disposition: form-data; name=format\r\n\r\ntsv\r\n"
    b'--x\r\nContent-Disposition: form-data; name=file; filename="f.tsv"\r\n\r\nemail\nada@example.com\n\r\n--x--\r\n'
)
MULTIPART = "multipart/form-data; boundary=x"


def sent(content_type: str, *blocks: bytes, ends: bool = True) -> SentBody:
    """Return a body that has passed in these blocks."""
    messages: list[Message] = [
        {"type": "http.request", "body": block, "more_body": not ends or number < len(blocks)}
        for number, block in enumerate(blocks, 1)
    ]
    messages.append({"type": "http.disconnect"})

    async def receive() -> Message:
        return messages.pop(0)

    body = SentBody(receive, content_type, None)
    asyncio.run(body.sender_left())
    body.close()
    return body


def entry(number: int, body: SentBody) -> JournalEntry:
    return JournalEntry(number, "GET", "/", None, {}, body.seen)


def test_the_oldest_calls_are_dropped_and_counted() -> None:
    journal, body = Journal(), sent("", b"")
    for number in range(CALLS_MAX + 3):
        journal.note(entry(number, body))
    shown = journal.shown(values=False)
    assert (len(shown["calls"]), shown["dropped"]) == (CALLS_MAX, 3)
    assert shown["calls"][0]["at"] == "1970-01-01T00:00:00.003Z"
    journal.clear()
    assert journal.shown(values=False) == {"calls": [], "dropped": 0}


def test_of_what_is_said_a_bounded_part_is_kept() -> None:
    kept = fields_of("&".join(f"name{each}={'x' * 5000}" for each in range(200)))
    assert kept == {f"name{each}": ["x" * VALUE_MAX] for each in range(NAMES_MAX)}
    form = sent("application/x-www-form-urlencoded", b"a=" + b"y" * 5000 + b"&b=&a=2").seen
    assert form.fields == {"a": ["y" * VALUE_MAX, "2"], "b": [""]}


@pytest.mark.parametrize("size", [1, 7, 50, 1000])
def test_a_form_is_seen_however_it_is_cut_into_blocks(size: int) -> None:
    seen = sent(MULTIPART, *(FORM[at : at + size] for at in range(0, len(FORM), size))).seen
    assert (seen.names, seen.fields, seen.rows()) == (["format", "file"], {"format": ["tsv"]}, 1)
    assert seen.sha256 == hashlib.sha256(b"email\nada@example.com\n").hexdigest()


def test_a_form_that_breaks_off_is_seen_as_far_as_it_came() -> None:
    seen = sent(MULTIPART, FORM[:-15], ends=False).seen
    assert (seen.names, seen.sha256, seen.rows()) == (["format", "file"], None, None)


@pytest.mark.parametrize(
    "content_type", ["", "multipart/form-data", "text/csv", "multipart/form-data; boundary="]
)
def test_what_is_no_form_has_no_parts(content_type: str) -> None:
    assert sent(content_type, FORM).seen.names == []


def test_a_broken_form_is_no_fault() -> None:
    assert sent(MULTIPART, b"--x\r\n" + b"no header" * 5000).seen.names == []
