"""A subscription as the original: nothing of our own is served, and answers are the original's where known.

It drops the column of the lookup field from failure files where that is blank, a fault of the original
that clients meet (contract §7.2), says no more than its table does, and reads rows as it is seen to do.
"""

import asyncio
import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadline.errors import COLUMNS_NOT_FOUND, FILE_TOO_LARGE
from leadline.model.jobs import Job
from leadline.sandbox.faults.operations import Asked

RULES = {"long_rows": "ignore", "inner_quotes": "ignore", "ambiguous_dates": "accept"}
"""Of what these rules warn by default, the original says nothing."""

_OWN_PATHS = re.compile(r"/+leadline(/|$)")
_OWN_HEADERS = (b"idempotency-key",)
_UNKNOWN_PATH = "/unknown"
_TEXTS = {
    COLUMNS_NOT_FOUND.code: (re.compile(r"^(Field '.*?' not found).*", re.DOTALL), r"\1"),
    FILE_TOO_LARGE.code: (re.compile(r"^(Request Entity Too Large).*", re.DOTALL), r"\1"),
}
"""What is left of messages that say more than the original's do, by their code."""


class AsTheOriginal:
    """The API, as the original would answer; `find_job` returns a job by munchkin id and batch id."""

    def __init__(self, app: ASGIApp, find_job: Callable[[str, int], Job | None]) -> None:
        self._app = app
        self._find_job = find_job

    async def answer(
        self, munchkin_id: str, asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer one call."""
        if _OWN_PATHS.match(scope["path"]):
            scope["path"] = _UNKNOWN_PATH
        scope["headers"] = [each for each in scope["headers"] if each[0].lower() not in _OWN_HEADERS]
        operation = asked.operation or ""
        is_failures = operation.startswith("bulk.") and ".failures" in operation
        kept: list[Message] = []

        async def take(message: Message) -> None:
            if is_failures or kept or scope.get("leadline.code") in _TEXTS:
                kept.append(message)
            else:
                await send(message)

        await self._app(scope, receive, take)
        if not kept:
            return
        head, body = kept[0], b"".join(each.get("body", b"") for each in kept[1:])
        if any(name.lower() == b"content-encoding" for name, _ in head["headers"]):
            pass  # so long is no message whose end we would cut
        elif scope.get("leadline.code") in _TEXTS:
            body = _with_text(body, scope["leadline.code"])
        elif head["status"] == 200 and is_failures:
            job = await asyncio.to_thread(self._find_job, munchkin_id, int(asked.path_params["batchId"]))
            body = without_blank_keys(body, job) if job is not None else body
        length = (b"content-length", str(len(body)).encode())
        headers = [each for each in head["headers"] if each[0].lower() != b"content-length"]
        await send({**head, "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": body})


def text_of_original(code: str, message: str) -> str:
    """Return as much of a message as the original says."""
    if code not in _TEXTS:
        return message
    pattern, text = _TEXTS[code]
    return pattern.sub(text, message)


def _with_text(body: bytes, code: str) -> bytes:
    """Return an error envelope whose message says no more than the original's."""
    answer: dict[str, Any] = json.loads(body)
    for error in answer["errors"]:
        error["message"] = text_of_original(code, error["message"])
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def without_blank_keys(file: bytes, job: Job) -> bytes:
    """Return a failure file without the lookup field's cell in each row where it is blank.

    The header loses it where the first row does: other rows may be longer than it or shorter then,
    as those of the original are.
    """
    delimiter = job.request.file_format.delimiter
    header, *rows = csv.reader(io.StringIO(file.decode(), newline=""), delimiter=delimiter)
    names = [name.lower() for name in header]
    key = job.request.key.lower()
    if key not in names or not rows:
        return file
    place = names.index(key)
    blank = [len(row) > place and not row[place].strip() for row in rows]
    shorter = [
        [*row[:place], *row[place + 1 :]] if is_blank else row
        for row, is_blank in zip((header, *rows), (blank[0], *blank), strict=True)
    ]
    return "".join(_line(row, delimiter) for row in shorter).encode()


def _line(row: list[str], delimiter: str) -> str:
    """Return a line; csv.writer quotes a carriage return only where lines end with one."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(row)
    return text.getvalue().removesuffix("\r\n") + "\n"
