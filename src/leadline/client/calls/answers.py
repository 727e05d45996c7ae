"""What came back of one try of a call, read as the API means it."""

import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from leadline.client.calls.refusals import NO_WORDS, Meaning, Outcome, meaning_of_code, meaning_of_http
from leadline.source_file.visible import visible

TORN = "the answer is torn"
_WORDS_MAX = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a call whose work is done: the members of its JSON, or nothing where it is a file."""

    document: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def result(self) -> list[Any]:
        """Return what the envelope holds."""
        found = self.document.get("result")
        return found if isinstance(found, list) else []

    @property
    def first(self) -> dict[str, Any]:
        """Return the first item of the result."""
        found = self.result[0] if self.result else None
        return found if isinstance(found, dict) else {}


def is_file(status: int, content_type: str) -> bool:
    """Tell whether an answer is the file that was asked for, and no envelope and no page of a gateway."""
    return status == 200 and "json" not in content_type and "html" not in content_type


def read_answer(status: int, headers: dict[str, str], body: bytes) -> tuple[Outcome, Answer | None]:
    """Read an answer of JSON: how the try ended, and the answer where the work is done."""
    document = _document(body)
    if status < 300 and (document.get("success") is True or "access_token" in document):
        return Outcome(Meaning.TAKEN), Answer(document, headers)
    after = _seconds(headers.get("retry-after", ""), headers.get("date", ""))
    if document.get("success") is False and (error := _error(document)):
        code, words = error
        return Outcome(meaning_of_code(code), code, words, after), None
    if "error" in document:  # identity has no envelope
        words = _words(document.get("error_description") or document["error"])
    else:
        words = NO_WORDS if status >= 300 else TORN
    return Outcome(meaning_of_http(status), str(status), words, after), None


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):  # bytes that are no text, too
        return {}
    return found if isinstance(found, dict) else {}


def _error(document: dict[str, Any]) -> tuple[str, str] | None:
    errors = document.get("errors")
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return None
    code = errors[0].get("code")
    return (str(code), _words(errors[0].get("message") or "").rstrip(".")) if code else None


def _words(said: object) -> str:
    """Return what a server says as a terminal may show it."""
    return visible(str(said)[:_WORDS_MAX])


def _seconds(after: str, sent_at: str) -> float | None:
    """Return how long `Retry-After` asks to wait: so many seconds, or until an instant of the server's."""
    if after.isascii() and after.isdigit():
        return float(after)
    try:
        return (parsedate_to_datetime(after) - parsedate_to_datetime(sent_at)).total_seconds()
    except (ValueError, TypeError):
        return None
