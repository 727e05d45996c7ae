"""What a store and a server grow with: rows, changes, jobs, subscriptions."""

import threading
from collections.abc import Callable
from pathlib import Path

import psycopg

from leadline.clock import MachineTime
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.bench.files import HEADER, people, write_file
from tests.bench.ours import Ours
from tests.clusters import cluster, url_for
from tests.edge.many_stores import make_many, munchkin_id
from tests.edge.test_many_stores import processes, run_import
from tests.harness import Server, start_server, subscription
from tests.server import cpu_seconds
from tests.stores import open_stores, store_kind

ROWS = 100_000
JOBS = 100
SUBSCRIPTIONS = 100
REST_SECONDS = 60


def stored_bytes(data: Path) -> int:
    """Return the bytes of all stores of a server that has stopped."""
    if store_kind() == "sqlite":
        return sum(each.stat().st_size for each in data.rglob("*") if each.is_file())
    with psycopg.connect(url_for("postgres", data), autocommit=True) as connection:
        connection.execute("VACUUM")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def rows_and_jobs(folder: Path) -> str:
    """Import files of several kinds, one after the other; return bytes for each row or job as a table."""
    data = folder / "capacity"
    small = folder / "small.csv"
    small.write_text(HEADER + people(1))

    def import_small(ours: Ours) -> None:
        for _ in range(JOBS):
            ours.load(small)

    def importing(file: Path) -> Callable[[Ours], object]:
        return lambda ours: ours.load(file)

    steps: list[tuple[str, int, Callable[[Ours], object]]] = [
        ("a new person of six fields", ROWS, importing(write_file(folder / "new.csv", ROWS))),
        ("a row that changes nothing", ROWS, importing(write_file(folder / "same.csv", ROWS))),
        (
            "a row that changes one field",
            ROWS,
            importing(write_file(folder / "title.csv", ROWS, title="Boss")),
        ),
        (
            "the next one, in the room of the last",
            ROWS,
            importing(write_file(folder / "next.csv", ROWS, title="Head")),
        ),
        ("a job of one row", JOBS, import_small),
    ]
    lines = ["| what | bytes for each |", "|---|---|"]
    Ours(data).stop()
    before = stored_bytes(data)
    for name, count, step in steps:
        ours = Ours(data)
        step(ours)
        ours.stop()
        after = stored_bytes(data)
        lines.append(f"| {name} | {(after - before) / count:,.0f} |")
        before = after
    return "\n".join(lines)


def memory_mb(server: Server) -> float:
    """Return what a server, its workers and the database's own processes hold of their own, in MB."""
    pids = processes(server)
    if store_kind() == "postgres":
        pids += cluster().pids()
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    private = [line.split()[1] for text in texts for line in text.splitlines() if line.startswith("Private_")]
    return sum(map(int, private)) / 1024


def make_subscriptions(data: Path, count: int) -> None:
    """Make subscriptions whose client ids are their munchkin ids."""
    if store_kind() == "sqlite":
        make_many(data, count)
        return
    stores = open_stores(data)
    stores.prepare()
    for number in range(count):
        document = subscription(munchkin_id=munchkin_id(number))
        document["credentials"][0]["client_id"] = munchkin_id(number)
        Subscriptions(stores, MachineTime()).apply(parse_subscription(document))
    stores.close()


def _rest_cpu_seconds(server: Server) -> float:
    """Return the processor time that a server and its database take in a minute without any call."""

    def spent() -> float:
        return cpu_seconds(*processes(server)) + (
            cluster().cpu_seconds() if store_kind() == "postgres" else 0
        )

    before = spent()
    threading.Event().wait(REST_SECONDS)
    return spent() - before


def subscriptions(folder: Path) -> str:
    """Serve one and many subscriptions, at rest and in use; return memory and processor time as a table."""
    lines = [
        "| subscriptions | stored, MB | at rest, MB | a minute's rest, CPU s | each used once, MB |",
        "|---|---|---|---|---|",
    ]
    for count in (1, SUBSCRIPTIONS):
        data = folder / f"capacity-{count}"
        make_subscriptions(data, count)
        stored = stored_bytes(data) / 1e6
        server = start_server(data, workers=2)
        server.wait_for("WorkerStarted", 2)
        rest = memory_mb(server)
        cpu = _rest_cpu_seconds(server)
        for number in range(count):
            run_import(server, munchkin_id(number))
        lines.append(f"| {count} | {stored:.1f} | {rest:.0f} | {cpu:.1f} | {memory_mb(server):.0f} |")
        server.stop()
    return "\n".join(lines)


def capacity(folder: Path) -> str:
    """Return both tables."""
    return f"{rows_and_jobs(folder)}\n\n{subscriptions(folder)}"
