"""`make bench`: the ratios of this machine, from one interleaved run.

`--quick` runs two repeats; `--large` adds a file of 1 GB with the size limit raised;
`--growth` times one file while the store grows to ten million leads, and nothing else.
`--only push` reads and splits files of 1 GB as `leadline push` does.
`--only capacity` tells what stores and servers grow with, on both databases.
`--against PATH` compares with another checkout, which has a .venv of its own, and does nothing else.
"""

import argparse
import datetime
import os
import platform
import tempfile
from pathlib import Path

from leadline import __version__
from tests.bench import by_hand, by_psql
from tests.bench.against import against
from tests.bench.beside_sql import AIMS, beside_sql, hand
from tests.bench.capacity import capacity
from tests.bench.change_log import change_log
from tests.bench.custom_fields import custom_fields
from tests.bench.growth import growth
from tests.bench.history import history
from tests.bench.large import large
from tests.bench.polls import polls
from tests.bench.push import push
from tests.bench.sandboxes import sandboxes
from tests.bench.side_by_side import side_by_side
from tests.bench.small import small
from tests.bench.timeline import timeline
from tests.bench.trust import trust
from tests.bench.under_load import BESIDE_IMPORTS
from tests.clusters import cluster
from tests.stores import use_store


def _computer() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Leadline {__version__}, {datetime.date.today()}, {os.cpu_count()} cores, {memory_gb:.0f} GB, "
        f"Python {platform.python_version()}"
    )


def _machine(kind: str) -> str:
    if kind == "sqlite":
        tool = f"sqlite3 shell {by_hand.version() if by_hand.shell() else 'not installed'}"
    else:
        tool = f"PostgreSQL {by_psql.version(cluster().url())} with its defaults, on the same machine"
    return f"{_computer()}, {tool}, POST to Complete, ledger and change log included"


def _of_database(folder: Path, kind: str, options: argparse.Namespace) -> None:
    """Run what is measured on one database; print each table when it is known."""
    repeats = 2 if options.quick else 5
    print(f"\n{_machine(kind)}", flush=True)
    if options.against is not None:
        print(f"\n{against(folder, kind, options.against, repeats, quick=options.quick)}", flush=True)
        return
    if options.growth:
        print(f"\n{growth(folder, hand(kind, 'product'))}", flush=True)
        return
    print(f"\n{beside_sql(folder, kind, repeats, quick=options.quick)}", flush=True)
    print(f"\n{timeline(folder)}", flush=True)
    print(f"\n{custom_fields(folder, repeats)}", flush=True)
    print(f"\n{small(folder)}", flush=True)
    print(f"\n{change_log(folder, repeats)}", flush=True)
    print(f"\n{history(folder)}", flush=True)
    print(f"\n{trust(folder, repeats)}", flush=True)
    if options.large and kind == "sqlite":
        print(f"\n{large(folder)}", flush=True)
    for calls in BESIDE_IMPORTS:
        print(f"\n{calls(folder)}", flush=True)
    if kind == "postgres":
        print(f"\n{side_by_side(folder)}\n{polls(folder)}")


def main() -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two repeats, without the store of one million")
    parser.add_argument("--large", action="store_true", help="also a file of 1 GB, on SQLite")
    parser.add_argument("--growth", action="store_true", help="only a store that grows to ten million leads")
    parser.add_argument(
        "--only",
        choices=(*sorted(AIMS), "sandbox", "push", "capacity"),
        help="one database, the sandbox, push or capacity alone",
    )
    parser.add_argument(
        "--against", type=Path, metavar="PATH", help="only this program beside another checkout's"
    )
    options = parser.parse_args()
    if options.only == "sandbox":
        print(f"{_computer()}\n\n{sandboxes()}")
        return
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
        if options.only == "push":
            print(f"{_computer()}\n\n{push(Path(folder))}")
            return
        if options.only == "capacity":
            for kind in AIMS:
                use_store(kind)
                place = Path(folder, kind)
                place.mkdir()
                print(f"\n{_computer()}, {kind}\n\n{capacity(place)}", flush=True)
            return
        if by_hand.shell() is None:
            print("The sqlite3 shell is not installed, so what is loaded by hand is left out.")
        for kind in AIMS if options.only is None else (options.only,):
            use_store(kind)
            place = Path(folder, kind)
            place.mkdir()
            _of_database(place, kind, options)


if __name__ == "__main__":
    main()
