"""The lines of a manifest, as JSON. They hold no secret and no cell of the file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leadline.client.clock import instant, seconds_of
from leadline.client.ended import State

PLAN = "plan"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A push begins: what identifies it, and what it sends; `id` makes the keys of its pieces its own.

    `layout` tells which rows its pieces have, `asked` how the file is read and cut. `others` are the names of
    members that only another version knows; they are of no account.
    """

    at: float
    id: str
    file: str
    fingerprint: Mapping[str, str]
    is_leadline: bool
    pieces: int
    rows: int
    layout: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PieceLine:
    """A piece has come to a state.

    `sending` has the hash of what is posted and its key, `accepted` the batch id, `refused` and `unknown`
    the code, `halved` the numbers of the halves and how large a piece may be from now on, `done` the counts.
    `others` are the names of members that only another version knows; they are of no account.
    """

    at: float
    state: State
    piece: int
    rows: int | None = None
    sha256: str | None = None
    key: str | None = None
    batch_id: int | None = None
    code: str | None = None
    into: tuple[int, int] | None = None
    piece_bytes: int | None = None
    status: str | None = None
    imported: int | None = None
    failed: int | None = None
    warned: int | None = None
    seconds: float | None = None
    others: frozenset[str] = frozenset()


Line = PlanLine | PieceLine
_NAMES = {"batch_id": "batchId", "piece_bytes": "pieceBytes"}
_PLAN_MEMBERS = {"at", "state", "id", "file", "pieces", "rows", "layout", "leadline", "fingerprint", "asked"}
_PIECE_MEMBERS = {
    "piece": int,
    "rows": int,
    "sha256": str,
    "key": str,
    "batch_id": int,
    "code": str,
    "into": list,
    "piece_bytes": int,
    "status": str,
    "imported": int,
    "failed": int,
    "warned": int,
    "seconds": float,
}


def written(line: Line) -> str:
    """Return a line as JSON, without a line end."""
    if isinstance(line, PlanLine):
        document: dict[str, Any] = {
            "at": instant(line.at),
            "state": PLAN,
            "id": line.id,
            "file": line.file,
            "pieces": line.pieces,
            "rows": line.rows,
            "layout": line.layout,
            "leadline": line.is_leadline,
            "fingerprint": dict(line.fingerprint),
            "asked": dict(line.asked),
        }
    else:
        document = {"at": instant(line.at), "state": line.state.value}
        for name in _PIECE_MEMBERS:
            if (value := getattr(line, name)) is not None:
                document[_NAMES.get(name, name)] = value
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"))


def read_line(text: str) -> Line:
    """Read a line; raises ValueError where it is none."""
    try:
        document = json.loads(text)
        return _plan_line(document) if document["state"] == PLAN else _piece_line(document)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("no line of a manifest") from error


def _plan_line(document: dict[str, Any]) -> PlanLine:
    return PlanLine(
        seconds_of(document["at"]),
        _of(str, document["id"]),
        _of(str, document["file"]),
        {name: _of(str, value) for name, value in document["fingerprint"].items()},
        _of(bool, document["leadline"]),
        _of(int, document["pieces"]),
        _of(int, document["rows"]),
        _of(str, document.get("layout", "")),
        _of(dict, document.get("asked", {})),
        others=frozenset(document.keys() - _PLAN_MEMBERS),
    )


def _piece_line(document: dict[str, Any]) -> PieceLine:
    members: dict[str, Any] = {}
    for name, kind in _PIECE_MEMBERS.items():
        value = document.get(_NAMES.get(name, name))
        members[name] = None if value is None else _of(kind, value)
    if (into := members["into"]) is not None:
        first, second = (_of(int, each) for each in into)
        members["into"] = (first, second)
    members["piece"] = _of(int, document["piece"])
    known = {"at", "state", *(_NAMES.get(name, name) for name in _PIECE_MEMBERS)}
    members["others"] = frozenset(document.keys() - known)
    return PieceLine(seconds_of(document["at"]), State(document["state"]), **members)


def _of(kind: type, value: Any) -> Any:
    """Return a value of a type; JSON has true and false, which Python takes for numbers."""
    if type(value) is not kind:
        raise TypeError(value)
    return value
