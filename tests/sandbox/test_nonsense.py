"""Each control call answers nonsense with 4xx and a sentence, and goes on."""

import pytest

from leadline.sandbox.control.endpoint import ControlRoute
from leadline.sandbox.control.routes import ROUTES
from tests.sandbox.server import SandboxProcess, Subscription, sentence

BODIES = {
    "no JSON": b"{",
    "no UTF-8": b'{"name": "\xff"}',
    "a list": b"[]",
    "a number": b"3",
    "an unknown field": b'{"nonsense": 1}',
    "deep": b'{"setup": ' + b"[" * 100_000,
    "no numbers": b'{"to": NaN, "name": -Infinity, "progress": 1e999, "freeze": 1e999}',
    "null": b"null",
}
EVERY = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")


def path_of(route: ControlRoute, munchkin_id: str, rest: str = "nonsense") -> str:
    """Return a path of the route."""
    names = {"id": munchkin_id, "name": rest, "batchId": rest}
    return route.path.format_map(_Names(names, rest))


class _Names(dict[str, str]):
    """Values of path parameters; those that the test does not know are nonsense."""

    def __init__(self, known: dict[str, str], rest: str) -> None:
        super().__init__(known)
        self.rest = rest

    def __missing__(self, name: str) -> str:
        return self.rest


@EVERY
def test_bodies(sandbox: SandboxProcess, route: ControlRoute) -> None:
    mine = sandbox.first
    for name, body in BODIES.items():
        answer = sandbox.control(route.method, path_of(route, mine.id), content=body)
        assert 400 <= answer.status_code < 500, (name, answer.text)
        assert sentence(answer, answer.status_code), name
    assert mine.get("/rest/v1/lists.json")["success"]


@EVERY
def test_what_is_not_there(sandbox: SandboxProcess, route: ControlRoute) -> None:
    """Subscriptions, parameters of the query, other methods."""
    for munchkin_id in ("999-ZZZ-999", "%00", "..%2f..", "x" * 3000, "ä"):
        if "{id}" in route.path:
            answer = sandbox.control(route.method, path_of(route, munchkin_id), content=b"{}")
            assert sentence(answer, answer.status_code)
            assert 400 <= answer.status_code < 500, answer.text
    answer = sandbox.control(route.method, path_of(route, sandbox.first.id), params={"nonsense": "1"})
    assert "nonsense" in sentence(answer, 400)
    assert sentence(sandbox.control("PATCH", path_of(route, sandbox.first.id)), 405)
    without = sandbox.http.request(route.method, f"{sandbox.url}/leadline/sandbox/v1/{path_of(route, 'x')}")
    assert sentence(without, 403)


def test_set_ups(mine: Subscription) -> None:
    for setup in ("", "- 1", "a: &x [*x]", "a: 1\na: 2", "%", "\0", "{", "x" * 100, [], 3):
        answer = mine.sandbox.control("POST", "subscriptions", json={"setup": setup})
        assert sentence(answer, 400)
    many = {"lists": [{"id": number, "name": "same"} for number in range(50)], "programs": {}, "store": None}
    assert sentence(mine.sandbox.control("POST", "subscriptions", json={"setup": many}), 400)
