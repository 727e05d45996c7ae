"""What the history of a person costs whom a thousand imports have changed."""

import statistics
from pathlib import Path

from leadline.lead_database.history import History
from tests.contract.store.histories import FIELDS, add_history, page_seconds
from tests.contract.store.places import MUNCHKIN_ID, begin
from tests.stores import open_stores

SETS, TIMES, PAGE = 1_000, 15, 300
_LEAD = 1_000_000


def history(folder: Path, rows: int = 4_096) -> str:
    """Return a table: the first page of a lead whom imports of so many rows have changed."""
    lines = [
        f"| first page, of {SETS:,} imports of {rows:,} rows | ms of CPU, median (least) | ms (aim: 50) |",
        "|---|---|---|",
    ]
    for fields in (FIELDS[:1], FIELDS):
        place = folder / f"history{rows}of{len(fields)}"
        place.mkdir()
        stores = open_stores(place)
        stores.prepare()
        begin(stores)
        with stores.subscription(MUNCHKIN_ID).write() as session:
            add_history(session, _LEAD, 1, rows, SETS, fields)
        reader = History(stores)
        found = [page_seconds(reader, _LEAD, PAGE) for _ in range(TIMES)]
        stores.close()
        told = [
            f"{statistics.median(each) * 1e3:.1f} ({min(each) * 1e3:.1f})"
            for each in zip(*found, strict=True)
        ]
        lines.append(f"| {len(fields)} field{'s' * (len(fields) > 1)} each | {told[0]} | {told[1]} |")
    return "\n".join(lines)
