"""A file of 1 GB."""

import shutil
from pathlib import Path

from tests.bench.files import write_file
from tests.bench.ours import Ours

LARGE_ROWS = 13_700_000


def large(folder: Path) -> str:
    """Return how fast a file of 1 GB is loaded into an empty store, and the memory that the worker takes."""
    place = folder / "large"
    place.mkdir()
    file = write_file(place / "large.csv", LARGE_ROWS)
    ours = Ours(place / "data", upload_bytes_max=2_000_000_000)
    seconds, size_mb = ours.load(file), file.stat().st_size / 1e6
    peak_mb = ours.peak_memory_mb()
    ours.stop()
    shutil.rmtree(place)
    return (
        f"{size_mb:.0f} MB, {LARGE_ROWS:,} rows: {seconds:.0f} s, {LARGE_ROWS / seconds:,.0f} rows/s (aim: 250,000), "
        f"peak memory of the worker {peak_mb:.0f} MB (aim: below 450 MB)."
    )
