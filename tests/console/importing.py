"""A person who imports a file in the console: uploads it, says where its columns go, has it foreseen, applies it."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from tests.console.world import OWN, Console, selected, shown
from tests.harness import until


class PatientConsole(Console):
    """A browser whose person asks again when told that ten requests a second are the limit."""

    def get(self, path: str = "", **options: Any) -> httpx.Response:
        return patiently(partial(super().get, path, **options))

    def post(self, path: str, **form: str) -> httpx.Response:
        return patiently(partial(super().post, path, **form))


def patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    answers: list[httpx.Response] = []

    def is_answered() -> bool:
        answers.append(ask())
        return answers[-1].status_code != 429

    until(is_answered)
    return answers[-1]


def upload(console: Console, content: bytes, name: str = "export.csv", **fields: str) -> httpx.Response:
    return console.http.post(
        console.url("/import"),
        data={"kind": "leads"} | fields,
        files={"file": (name, content, "text/csv")},
        headers=OWN,
    )


def draft_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, shown(answer)
    return answer.headers["location"]


def ready(console: Console, address: str) -> httpx.Response:
    until(lambda: "is being found out" not in console.get(address).text)
    return console.get(address)


def foresee(console: Console, draft: str, **form: str) -> httpx.Response:
    answer = console.post(draft, **selected(console.get(draft).text) | {"do": "preview"} | form)
    assert answer.status_code == 303, shown(answer)
    return ready(console, answer.headers["location"])


def imported(console: Console, draft: str) -> str:
    answer = console.post(f"{draft}/preview")
    assert answer.status_code == 303
    until(lambda: re.search("Imported|Nothing was imported", shown(console.get(f"{draft}/preview"))))
    return shown(console.get(f"{draft}/preview"))
