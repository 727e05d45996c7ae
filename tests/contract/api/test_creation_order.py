"""§4.2, §14 Q36: of two faults in one creation call, which one is told."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

import httpx
import pytest

from tests.contract.api.calls import BULK, FILE, error_of
from tests.forms import repeats
from tests.harness import Server, running, subscription

pytestmark = repeats("postgres", "given")


@dataclass(frozen=True)
class Creation:
    """A creation call, good until a fault is put in."""

    token: str
    file: str | None = FILE
    multipart: bool = True
    params: dict[str, str] = field(default_factory=dict)

    def send(self, server: Server) -> httpx.Response:
        if not self.multipart:
            return server.call("POST", BULK, self.token, params=self.params, json={})
        name, content = ("file", ("f.csv", self.file)) if self.file is not None else ("x", (None, "y"))
        return server.call("POST", BULK, self.token, params=self.params, files={name: content})


FAULTS = {
    "token": ("601", "Access token invalid"),
    "permission": ("603", "Access denied"),
    "content type": ("612", "Invalid Content Type"),
    "no file": ("1002", "Missing value for the required parameter 'file'"),
    "format": ("1001", "Invalid value 'xml'. Required of type 'csv, tsv, ssv'"),
    "list id": ("1001", "Invalid value 'abc'. Required of type 'Integer'"),
    "list unknown": ("1013", "Object not found"),
    "list busy": ("1019", "Import in progress"),
    "lookup unknown": ("1006", "Lookup field 'userId' not found"),
    "lookup refused": ("1011", "Field 'firstName' not supported"),
    "partition": ("1008", "Access denied to partition 'Nowhere'"),
    "empty file": ("1003", "Empty file"),
    "column unknown": ("1006", "Field 'nonsense' not found"),
    "column twice": ("1003", "Duplicate column 'Email' in header"),
    "queue": ("1016", "There are 10 imports currently being processed. Please try again later"),
}
"""In the order of the checks."""
PARAMS = {
    "format": {"format": "xml"},
    "list id": {"listId": "abc"},
    "list unknown": {"listId": "77"},
    "list busy": {"listId": "1001"},
    "lookup unknown": {"lookupField": "userId"},
    "lookup refused": {"lookupField": "firstName"},
    "partition": {"partitionName": "Nowhere"},
}
FILES = {
    "no file": None,
    "empty file": " \n",
    "column unknown": "email,nonsense\n",
    "column twice": "email,Email\n",
}
SAME_PLACE = (
    {"token", "permission"},
    {"content type", "no file"},
    set(FILES),
    {"list id", "list unknown", "list busy"},
)
SAME_PLACE += ({"lookup unknown", "lookup refused"},)
NEVER_TOGETHER = {
    pair for place in SAME_PLACE for pair in combinations([name for name in FAULTS if name in place], 2)
}
PAIRS = [pair for pair in combinations(FAULTS, 2) if pair not in NEVER_TOGETHER]


def with_fault(call: Creation, name: str, server: Server) -> Creation:
    if name == "token":
        return replace(call, token="nonsense")
    if name == "permission":
        return replace(call, token=server.new_token("reader", "reader-secret"))
    if name == "content type":
        return replace(call, multipart=False)
    if name in FILES:
        return replace(call, file=FILES[name])
    return replace(call, params=call.params | PARAMS.get(name, {}))


@pytest.fixture(scope="module")
def full(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose queue is full, one of the jobs on list 1001; nobody works."""
    reader = {
        "name": "reader",
        "client_id": "reader",
        "client_secret": "reader-secret",
        "user": "r@example.com",
    }
    assets = {**reader, "name": "assets", "client_id": "assets", "client_secret": "assets-secret"}
    document = subscription(
        credentials=[
            {**reader, "permissions": ["Read-Only Lead"]},
            {**assets, "permissions": ["Read-Write Assets"]},
        ]
    )
    for server in running(tmp_path_factory.mktemp("full") / "data", document, workers=0):
        server.submit(FILE, listId="1001")
        for _ in range(9):
            server.submit(FILE)
        yield server


@pytest.mark.parametrize("name", list(FAULTS))
def test_each_fault_beats_a_full_queue(full: Server, name: str) -> None:
    """§4.2, §14 Q36: the queue comes last, so a bad request never looks like throttling."""
    call = with_fault(Creation(full.token), name, full)
    assert error_of(call.send(full)) == FAULTS[name]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=[f"{a} and {b}" for a, b in PAIRS])
def test_the_earlier_check_wins(full: Server, first: str, second: str) -> None:
    """§4.2: token, permission, content type, file, format, list, lookup, partition, file's content, queue."""
    call = with_fault(with_fault(Creation(full.token), second, full), first, full)
    assert error_of(call.send(full)) == FAULTS[first]


@pytest.mark.parametrize("path", [BULK, "/bulk/v1/leads/batch/1001.json", "/rest/v1/leads.json"])
def test_the_verb_comes_after_token_and_permission(full: Server, path: str) -> None:
    """§4.2: who may not use a path at all is not told which methods it has."""
    stranger = full.new_token("assets", "assets-secret")
    wanted = {"nonsense": "601", stranger: "603", full.token: "605"}
    assert {token: error_of(full.call("PATCH", path, token))[0] for token in wanted} == wanted


def test_nothing_was_admitted(full: Server) -> None:
    """§2.2: refused calls leave no job behind."""
    assert len(full.get("/leadline/v1/jobs.json")["result"]) == 10


def test_a_token_in_the_form_is_judged_before_the_parameters(full: Server) -> None:
    """§0.5, §14 Q36: without one in header or query the body is read, then 600, 601 or the rest."""
    parts = [("format", (None, "xml")), ("file", ("f.csv", FILE))]

    def told(token: str | None) -> str:
        extra = [("access_token", (None, token))] if token else []
        return error_of(full.call("POST", BULK, token="", files=parts + extra))[0]

    assert told(None) == "600"
    assert told("nonsense") == "601"
    assert told(full.new_token("reader", "reader-secret")) == "603"
    assert told(full.token) == "1001"


def test_a_bad_token_in_the_query_is_not_mended_by_the_form(full: Server) -> None:
    """§0.5: the first place that names a token decides."""
    parts = [("access_token", (None, full.token)), ("file", ("f.csv", FILE))]
    answer = full.call("POST", BULK, token="", params={"access_token": "nonsense"}, files=parts)
    assert error_of(answer)[0] == "601"
