"""The operations of the API as faults and calls name them: those of the OpenAPI document."""

import difflib
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from urllib.parse import parse_qs

from starlette.routing import compile_path

from leadline.api.app import ENDPOINTS, resolved_path, route_order
from leadline.api.endpoint import Endpoint
from leadline.model.dataclass import dataclass
from leadline.sandbox.control.refusal import ControlError


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks for; `endpoint` is None where there is none of that path and method."""

    endpoint: Endpoint | None
    route: str
    method: str
    path: str
    path_params: Mapping[str, str]

    @property
    def operation(self) -> str | None:
        """The operation id."""
        return self.endpoint.operation_id if self.endpoint else None

    @property
    def is_asset(self) -> bool:
        """Whether it is answered in the envelope of assets."""
        return self.endpoint is not None and self.endpoint.asset

    @property
    def job_polled(self) -> int | None:
        """The batch id of the job whose status is asked for, if one is."""
        name = self.endpoint.name if self.endpoint else ""
        is_poll = self.is_of_any_job or (name.startswith("bulk.") and name.endswith(".status"))
        batch_id = self.path_params.get("batchId", "")
        return int(batch_id) if is_poll and re.fullmatch("[0-9]{1,18}", batch_id) else None

    @property
    def is_of_any_job(self) -> bool:
        """Whether the job may be an undo, which has no other status; imports are not polled here."""
        return self.endpoint is not None and self.endpoint.name == "jobs.get"


class Operations:
    """Finds the operation of a call, and those that a pattern names."""

    def __init__(self, endpoints: Iterable[Endpoint] = ENDPOINTS) -> None:
        self.every = tuple(endpoints)
        by_path: dict[str, dict[str, Endpoint]] = {}
        for each in self.every:
            by_path.setdefault(each.path, {})[each.method] = each
        self._routes = [
            (compile_path(path)[0], path, by_path[path]) for path in sorted(by_path, key=route_order)
        ]

    def asked(self, method: str, path: str, query: str = "") -> Asked:
        """Return what a call asks for; POST with `_method=GET` asks as GET does."""
        path = resolved_path(path)
        for pattern, route, by_method in self._routes:
            if match := pattern.match(path):
                if method == "POST" and parse_qs(query).get("_method", [""])[0].strip().upper() == "GET":
                    method = "GET" if "GET" in by_method else method
                return Asked(by_method.get(method), route, method, path, match.groupdict())
        return Asked(None, "unknown", method, path, {})

    def named(self, pattern: str) -> list[Endpoint]:
        """Return the operations whose id, or name without its variant, a shell pattern matches.

        Raises `ControlError` that names the nearest when it matches none.
        """
        found = [each for each in self.every if matches_name(pattern, each)]
        if not found:
            names = sorted({each.name for each in self.every} | {each.operation_id for each in self.every})
            raise ControlError(f"on: {pattern!r:.200} matches no operation{_nearest(pattern, names)}")
        return found

    def at(self, method: str | None, path: str) -> list[Endpoint]:
        """Return the operations of a method, None for any, at paths that a pattern or a real path names.

        Raises `ControlError` that names the nearest when there is none.
        """
        found = [each for each in self._at(path) if method in (None, each.method)]
        if not found:
            others = sorted({each.method for each in self._at(path)})
            if others:
                raise ControlError(
                    f"on: {path:.200} is served with {' and '.join(others)}, not with {method}"
                )
            paths = sorted({each.path for each in self.every})
            raise ControlError(f"on: no operation has the path {path!r:.200}{_nearest(path, paths)}")
        return found

    def _at(self, path: str) -> list[Endpoint]:
        """Return what stands at a path; for a sign of a pattern any text may stand, and `1` does."""
        real = re.sub(r"[*?]|\[[^]]*\]", "1", path)
        first = next((route for pattern, route, _ in self._routes if pattern.match(real)), None)
        return [each for each in self.every if each.path == first or fnmatchcase(each.path, path)]


def matches_name(pattern: str, endpoint: Endpoint) -> bool:
    """Tell whether a shell pattern matches an operation's id, or its name without the variant."""
    return fnmatchcase(endpoint.operation_id, pattern) or fnmatchcase(endpoint.name, pattern)


def matches_path(pattern: str, asked: Asked) -> bool:
    """Tell whether a shell pattern matches a call's path, as it was sent or as the document writes it."""
    return fnmatchcase(asked.path, pattern) or fnmatchcase(asked.route, pattern)


def _nearest(wrong: str, known: list[str]) -> str:
    near = difflib.get_close_matches(wrong, known, 3, 0.4)
    return f"; near are {', '.join(near)}" if near else f"; there are for example {', '.join(known[:3])}"
