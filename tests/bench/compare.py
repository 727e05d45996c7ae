"""`make compare`: the benchmark's file through Leadline and through other tools, one after the other.

Each tool loads the 10 MB twice: into nothing, then the identical file again. Leadline's time is from POST
to Complete, ledger included; the others have no upload, no checks and no outcome for each row.
"""

import subprocess
import tempfile
from pathlib import Path

from tests.bench.files import ROWS, write_file
from tests.bench.other_tools import TOOLS
from tests.bench.ours import Ours

SCRIPT = Path(__file__).with_name("other_tools.py")
PYTHON = Path(".venv-bench/bin/python")
PATIENCE_SECONDS = 180


def _other(tool: str, database: Path, file: Path) -> float | None:
    """Return the seconds of a load, or None when it takes longer than `PATIENCE_SECONDS`."""
    command = [str(PYTHON), str(SCRIPT), tool, str(database), str(file)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    return float(done.stdout.splitlines()[-1])


def _line(name: str, first: float | None, again: float | None, base: float) -> str:
    told = f"{again:.2f}" if again is not None else f"more than {PATIENCE_SECONDS}"
    if first is None:
        return (
            f"| {name} | more than {PATIENCE_SECONDS} | | {told} | more than {PATIENCE_SECONDS / base:.0f} |"
        )
    return f"| {name} | {first:.2f} | {ROWS / first:,.0f} | {told} | {first / base:.1f} |"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
        file = write_file(Path(folder) / "people.csv")
        ours = Ours(Path(folder) / "data")
        first = ours.load(file)
        ours.quiet()
        print("| 10 MB, 143,500 rows | empty store, s | rows/s | identical file, s | times Leadline's |")
        print("|---|---|---|---|---|", _line("Leadline", first, ours.load(file), first), sep="\n", flush=True)
        ours.stop()
        for tool in TOOLS:
            database = Path(folder) / f"{tool}.db"
            once = _other(tool, database, file)
            again = _other(tool, database, file) if once is not None else None
            print(_line(tool, once, again, first), flush=True)


if __name__ == "__main__":
    main()
