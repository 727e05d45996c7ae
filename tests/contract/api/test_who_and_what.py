"""What is kept of a job beside its rows: who asked for it, with which file, and which others did the same."""

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.api.calls import BULK, error_of
from tests.contract.api.world import credential, whole_subscription
from tests.harness import Server, running

MEMBERS = "/bulk/v1/program/1001/members/import.json"
CARS = "/bulk/v1/customobjects/car_c/import.json"
CREATIONS: dict[str, tuple[str, str, dict[str, str]]] = {
    "lead": (BULK, "email\nwho-{}@example.com\n", {}),
    "program_member": (MEMBERS, "email\nwho-{}@example.com\n", {"programMemberStatus": "Invited"}),
    "car_c": (CARS, "vin,color\nwho-{},red\n", {}),
}


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription(
        credentials=[
            credential("lead only", "Read-Write Lead"),
            credential("object only", "Read-Write Custom Object"),
        ]
    )
    yield from running(tmp_path_factory.mktemp("who") / "data", document)


def create(
    server: Server,
    path: str,
    content: str,
    name: str | bytes = "f.csv",
    token: str | None = None,
    **params: Any,
) -> httpx.Response:
    """Post a file under a name, which goes over the wire byte for byte."""
    sent = name.encode() if isinstance(name, str) else name
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + sent + b'"\r\n\r\n'
        + content.encode() + b"\r\n--b--\r\n"
    )  # fmt: skip
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return server.call("POST", path, token, params=params, content=body, headers=headers)


def batch_of(answer: httpx.Response) -> int:
    body = answer.json()
    assert body["success"], body
    return int(body["result"][0]["batchId"])


def job(server: Server, batch_id: int) -> dict[str, Any]:
    """Return a job when it has finished."""
    return server.ended(batch_id, lambda: server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0])


@pytest.mark.parametrize("kind", list(CREATIONS))
def test_who_asked_and_with_what(world: Server, kind: str) -> None:
    path, file, params = CREATIONS[kind]
    content = file.format("asked")
    name = "object only" if kind == "car_c" else "lead only"
    token = world.token_of(name, f"{name}-secret")
    batch_id = batch_of(create(world, path, content, "Straße 14.csv", token, **params))
    told = job(world, batch_id)
    assert (told["user"], told["clientId"], told["credential"]) == (f"{name}@example.com", name, name)
    assert (told["fileName"], told["sameFileAs"]) == ("Straße 14.csv", None)
    assert told["fileSha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert (told["undoes"], told["undoneBy"], told["appliesPreview"]) == (None, None, None)
    assert told["cancelled"] is False
    assert [told[each] for each in ("reverted", "partly", "kept", "deleted", "gone")] == [0] * 5


@pytest.mark.parametrize(
    ("sent", "label"),
    [
        (b"plain.csv", "plain.csv"),
        ("名前.csv".encode(), "名前.csv"),
        (b"caf\xe9.csv", "caf\ufffd.csv"),
        ("a\u202egnp\u2028.csv\x07\x7f".encode(), "agnp.csv"),
        (b"x" * 300, "x" * 255),
        (b"", None),
    ],
)
def test_the_name_of_a_file_is_a_label(world: Server, sent: bytes, label: str | None) -> None:
    """It is shown and never opened, whatever bytes it is made of."""
    answer = create(world, BULK, "email\nlabel@example.com\n", sent)
    assert job(world, batch_of(answer))["fileName"] == label


def test_the_digest_is_that_of_the_bytes_as_they_came(world: Server) -> None:
    """Marks, other encodings and bytes behind the first that is no text count as they are."""
    for content in ("\ufeffemail\né@example.com\n".encode(), "email\na@b.co\n".encode("utf-16")):
        batch_id = world.submit(content)
        assert job(world, batch_id)["fileSha256"] == hashlib.sha256(content).hexdigest()
    bad = b"email\n\xff\n" + b"a@example.com\n" * 200_000
    batch_id = world.submit(bad)
    assert job(world, batch_id)["fileSha256"] == hashlib.sha256(bad).hexdigest()


@pytest.mark.parametrize("kind", list(CREATIONS))
def test_the_same_file_again(world: Server, kind: str) -> None:
    """The newest job before it that had the same bytes, for the same kind of record alone."""
    path, file, params = CREATIONS[kind]
    content = file.format("again")
    made = [batch_of(create(world, path, content, f"{turn}.csv", **params)) for turn in range(3)]
    assert [job(world, each)["sameFileAs"] for each in made] == [None, made[0], made[1]]
    other = batch_of(create(world, path, content + "\n", **params))
    assert job(world, other)["sameFileAs"] is None


def test_the_list_of_jobs_is_filtered(world: Server) -> None:
    """By status, kind and user, each page of it."""
    token = world.token_of("lead only", "lead only-secret")
    own = [batch_of(create(world, BULK, f"email\nfilter{n}@example.com\n", token=token)) for n in range(3)]
    car = batch_of(create(world, CARS, "vin\nfilter\n"))
    bad = world.submit(b"email\n\xff\n")
    for each in (*own, car, bad):
        job(world, each)

    def listed(**params: Any) -> list[int]:
        found, page = list[int](), {"nextPageToken": ""}
        while "nextPageToken" in page:
            query = params | ({"nextPageToken": page["nextPageToken"]} if page["nextPageToken"] else {})
            page = world.get("/leadline/v1/jobs.json", params=query | {"batchSize": 2})
            found += [each["batchId"] for each in page["result"]]
        return found

    mine = listed(user="lead only@example.com")
    assert set(own) <= set(mine)
    assert not {car, bad} & set(mine)
    assert bad in listed(status="failed")
    assert not set(own) & set(listed(status="Failed"))
    assert car in listed(kind="CAR_C")
    assert not set(own) & set(listed(kind="car_c"))
    assert listed(kind="nothing_c") == []
    assert listed(user="lead only@example.com", kind="car_c") == []
    assert listed(user="%") == []
    wrong = world.call("GET", "/leadline/v1/jobs.json", params={"status": "Done"})
    assert error_of(wrong)[0] == "1001"
    first = world.get("/leadline/v1/jobs.json", params={"batchSize": 1, "kind": "lead"})
    crossed = {"nextPageToken": first["nextPageToken"], "kind": "car_c"}
    assert error_of(world.call("GET", "/leadline/v1/jobs.json", params=crossed))[0] == "1003"


def test_jobs_of_kinds_that_are_closed_are_not_told(world: Server) -> None:
    """A credential for custom objects sees neither a lead's job nor that one's file is the same."""
    token = world.token_of("object only", "object only-secret")
    lead = batch_of(create(world, BULK, "email\nclosed@example.com\n"))
    body = world.call("GET", "/leadline/v1/jobs.json", token).json()
    assert all(each["kind"].endswith("_c") for each in body["result"])
    assert error_of(world.call("GET", f"/leadline/v1/jobs/{lead}.json", token))[0] == "603"
