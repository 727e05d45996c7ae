"""A subscription's store is damaged, cut short, gone, closed: it says so, and the others go on."""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from leadline.clock import MachineTime
from leadline.store.directory import Stores
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.clusters import url_for
from tests.crash.proof import Proof
from tests.forms import repeats, times
from tests.harness import LEADLINE, Server, start_server, subscription, until
from tests.stores import store_kind, store_options

WELL = "999-WEL-999"
SECRET = "s3cret-of-the-tests"
FILE = "email,firstName\na@example.com,Ann\nb@example.com,Bob\n"
HUMBLY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
"""Runs a program that is bound by the files' permissions even as root."""
REFUSALS = {"608", "611", "713"}
FLIPS = times(8, 200)
"""Subscriptions that each get one byte changed."""


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _noise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


FILES: dict[str, Callable[[Path], None]] = {
    "gone": lambda path: path.unlink(),
    "emptied": lambda path: os.truncate(path, 0),
    "cut": _cut,
    "noise": _noise,
    "no header": lambda path: _overwrite(path, 0, b"\0" * 100),
    "closed": lambda path: path.chmod(0),
    "read-only": lambda path: path.chmod(0o400),
}
SCHEMAS = {
    "gone": "ALTER SCHEMA {} RENAME TO elsewhere",
    "a table gone": "DROP TABLE {}.job CASCADE",
    "emptied": "DELETE FROM {}.meta",
}


def _overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def _ways() -> dict[str, str]:
    """Return the ways of damage, each with the subscription that suffers it."""
    ways = FILES if store_kind() == "sqlite" else SCHEMAS
    return {way: f"{number:03}-HRT-{number:03}" for number, way in enumerate(ways)}


def _damage(data: Path) -> None:
    """Damage each subscription's store in its way."""
    for way, munchkin_id in _ways().items():
        if store_kind() == "sqlite":
            FILES[way](_file_of(data, munchkin_id))
        else:
            schema = f"leadline_{munchkin_id.lower().replace('-', '_')}"
            with psycopg.connect(url_for(store_kind(), data), autocommit=True) as admin:
                admin.execute(SCHEMAS[way].format(schema))


def _file_of(data: Path, munchkin_id: str) -> Path:
    return data / "subscriptions" / f"{munchkin_id.lower()}.db"


def _document(munchkin_id: str) -> dict[str, Any]:
    document = subscription()
    document["munchkin_id"] = munchkin_id
    document["credentials"][0]["client_id"] = munchkin_id
    return document


def _set_up(data: Path, munchkin_ids: list[str]) -> None:
    stores = Stores(data, None if store_kind() == "sqlite" else url_for(store_kind(), data))
    stores.prepare()
    for munchkin_id in munchkin_ids:
        Subscriptions(stores, MachineTime()).apply(parse_subscription(_document(munchkin_id)))
    stores.close()


Serve = Callable[..., Server]


@pytest.fixture
def serve(data: Path) -> Iterator[Serve]:
    """Start a server with one worker that obeys permissions; it is stopped at the end."""
    started: list[Server] = []

    def start(document: dict[str, Any] | None = None) -> Server:
        started.append(start_server(data, document, under=HUMBLY if store_kind() == "sqlite" else ()))
        return started[-1]

    yield start
    for server in started:
        assert server.stop() == 0


@pytest.fixture
def stopped(data: Path, serve: Serve) -> Path:
    """A store with a subscription for each way of damage and one that stays well; all hold people."""
    everybody = [*_ways().values(), WELL]
    _set_up(data, everybody)
    server = serve()
    for munchkin_id in everybody:
        assert _import(server, munchkin_id)
    server.wait_for("JobFinished", len(everybody))
    assert server.stop() == 0
    return data


def _import(server: Server, munchkin_id: str) -> int | None:
    """Post the file; return the batch id, or None when it is refused as it may be."""
    answer = server.post_file(FILE, server.token_of(munchkin_id, SECRET))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    if body["success"]:
        return int(body["result"][0]["batchId"])
    assert {error["code"] for error in body["errors"]} <= REFUSALS, body
    return None


def _read(server: Server, munchkin_id: str) -> str | None:
    """Return the first name of a person that is there, or None when the answer is a refusal."""
    query = {"filterType": "email", "filterValues": "a@example.com", "fields": "firstName"}
    token = server.token_of(munchkin_id, SECRET)
    answer = server.call("GET", "/rest/v1/leads.json", token, params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    if body["success"]:
        return str(body["result"][0]["firstName"])
    assert {error["code"] for error in body["errors"]} <= REFUSALS, body
    return None


def _check_well(server: Server) -> None:
    """The well subscription imports as ever, with the only worker there is."""
    batch_id = _import(server, WELL)
    path, token = f"/bulk/v1/leads/batch/{batch_id}.json", server.token_of(WELL, SECRET)
    until(lambda: server.get(path, token=token)["result"][0]["status"] == "Complete")
    for path in ("/health/ready", "/metrics"):
        assert server.http.get(server.address + path).status_code == 200
    assert server.events("WorkerStopped") == []


def _check_all(server: Server) -> None:
    for way, munchkin_id in _ways().items():
        assert _read(server, munchkin_id) in (None, "Ann"), way
        assert _import(server, munchkin_id) is None, way
    _check_well(server)


def _check_names_them(data: Path) -> None:
    """`check` finds what it can find by reading; permissions do not bind it here."""
    done = subprocess.run(
        [LEADLINE, "check", *store_options(data)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (1, "")
    told = done.stdout.lower().replace("_", "-")
    named = {way for way, munchkin_id in _ways().items() if munchkin_id.lower() in told}
    assert named >= (
        {"gone", "emptied", "cut", "noise", "no header"} if store_kind() == "sqlite" else {"gone"}
    )


@repeats("postgres", "given")
def test_damaged_before_the_start(stopped: Path, serve: Serve) -> None:
    """P7: the server starts, even when it is to set up one of them; their calls are refused, their stores
    are not made anew, the log and `check` name them, the well subscription imports.
    """
    _damage(stopped)
    gone = _ways()["gone"]
    server = serve(_document(gone))
    _check_all(server)
    _check_all(server)
    assert {event["munchkin_id"] for event in server.events("StoreFailed")} >= {gone}
    if store_kind() == "sqlite":
        assert not _file_of(stopped, gone).exists()
        assert _file_of(stopped, _ways()["emptied"]).stat().st_size == 0
    _check_names_them(stopped)


def test_damaged_under_the_server(stopped: Path, serve: Serve) -> None:
    """P7: the same while the server has them open; and a missing one is asked for again when it is back."""
    server = serve()
    _check_well(server)
    gone = _file_of(stopped, _ways()["gone"])
    away = gone.with_name("away")
    if store_kind() == "sqlite":
        gone.rename(away)
        assert _read(server, _ways()["gone"]) is None
        away.rename(gone)
        assert _read(server, _ways()["gone"]) == "Ann"
    _damage(stopped)
    _check_well(server)
    for way, munchkin_id in _ways().items():
        assert _read(server, munchkin_id) in (None, "Ann"), way
        _import(server, munchkin_id)
    assert _import(server, _ways()["gone"]) is None
    _check_well(server)


@repeats
def test_a_changed_byte(data: Path, serve: Serve, proof: Proof) -> None:
    """P7: a byte is changed somewhere in each of many stores: every answer is a refusal or an ordinary one, every
    job that was accepted ends or its subscription is refused, and the well subscription goes on.
    """
    if store_kind() != "sqlite":
        pytest.skip("A server's files are its own: its page checksums find such a byte.")
    hurt = [f"{number:03}-BIT-{number:03}" for number in range(FLIPS)]
    _set_up(data, [*hurt, WELL])
    for munchkin_id in hurt:
        path = _file_of(data, munchkin_id)
        _overwrite(path, proof.chance.randrange(path.stat().st_size), proof.chance.randbytes(1))
    server = serve()
    accepted = {munchkin_id: _import(server, munchkin_id) for munchkin_id in hurt}
    _check_well(server)
    for munchkin_id, batch_id in accepted.items():
        if batch_id is not None:
            until(partial(_has_ended, server, munchkin_id, batch_id))
    proof.note(bytes_changed=FLIPS, refused=sum(batch is None for batch in accepted.values()))


def _has_ended(server: Server, munchkin_id: str, batch_id: int) -> bool:
    token = server.token_of(munchkin_id, SECRET)
    body = server.get(f"/bulk/v1/leads/batch/{batch_id}.json", token=token)
    return not body["success"] or body["result"][0]["status"] in ("Complete", "Failed")
