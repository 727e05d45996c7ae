"""Very many subscriptions on one embedded store, made by copying the first one's file and its lines."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from leadline.clock import MachineTime
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.file import parse_subscription
from tests.harness import subscription
from tests.stores import open_stores


def munchkin_id(number: int) -> str:
    return f"{number // 1000:03}-MNY-{number % 1000:03}"


def make_many(data: Path, count: int) -> None:
    """Make so many subscriptions; each one's client id is its munchkin id, the secret is that of the tests."""
    first = munchkin_id(0)
    document = subscription(munchkin_id=first)
    document["credentials"][0]["client_id"] = first
    stores = open_stores(data)
    stores.prepare()
    Subscriptions(stores, MachineTime()).apply(parse_subscription(document))
    for name in ("", first):
        (stores.subscription(name) if name else stores.control).erase_deleted()
    stores.close()
    path = data / "subscriptions" / f"{first.lower()}.db"
    with closing(sqlite3.connect(data / "control.db")) as control, control:
        for table, columns in (
            ("subscription", "munchkin_id, location"),
            ("credential", "client_id, munchkin_id"),
            ("secret", "client_id"),
        ):
            _repeat_row(control, table, columns, [munchkin_id(number) for number in range(1, count)])
    for number in range(1, count):
        shutil.copy(path, path.with_name(f"{munchkin_id(number).lower()}.db"))


def _repeat_row(control: sqlite3.Connection, table: str, columns: str, names: list[str]) -> None:
    """Add the table's only row once more for each name, which stands in these columns."""
    cursor = control.execute(f"SELECT * FROM {table}")
    titles = [each[0] for each in cursor.description]
    row = dict(zip(titles, cursor.fetchone(), strict=True))
    places = {"location": "subscriptions/{}.db"}
    rows = []
    for name in names:
        own = {
            each: places[each].format(name.lower()) if each in places else name
            for each in columns.split(", ")
        }
        rows.append([{**row, **own}[title] for title in titles])
    marks = ", ".join("?" * len(titles))
    control.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
