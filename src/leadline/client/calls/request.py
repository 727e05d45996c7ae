"""A call as it is asked for, before anything is sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from leadline.client.calls.answers import Answer


@dataclass(frozen=True, slots=True)
class Request:
    """A call: `doing` says in a sentence what it is for. `form` has the parts beside a file, or all there is.

    `into` takes the bytes of an answer that is a file. A create is sent over a connection of its own: one
    that has idled may just be closed by the server, and then nobody would know what has become of the call.
    `check` raises ValueError where an answer lacks what the call is for: it is a torn one then.
    """

    doing: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json: Any = None
    file: tuple[str, IO[bytes], str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    into: IO[bytes] | None = None
    is_create: bool = False
    is_open: bool = False
    check: Callable[[Answer], object] = lambda answer: None

    def is_answered_by(self, answer: Answer) -> bool:
        """Tell whether an answer has what the call is for."""
        try:
            self.check(answer)
        except ValueError:
            return False
        return True
