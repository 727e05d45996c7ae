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


def _other(tool: str, database: Path, file: Path) -> float:
    command = [str(PYTHON), str(SCRIPT), tool, str(database), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return float(done.stdout.splitlines()[-1])


def _line(name: str, first: float, again: float, base: float) -> str:
    return f"| {name} | {first:.2f} | {ROWS / first:,.0f} | {again:.2f} | {first / base:.1f} |"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
        file = write_file(Path(folder) / "people.csv")
        ours = Ours(Path(folder) / "data")
        first = ours.load(file)
        ours.quiet()
        lines = [_line("Leadline", first, ours.load(file), first)]
        ours.stop()
        for tool in TOOLS:
            database = Path(folder) / f"{tool}.db"
            times = [_other(tool, database, file) for _ in range(2)]
            lines.append(_line(tool, times[0], times[1], first))
    print("| 10 MB, 143,500 rows | empty store, s | rows/s | identical file, s | times Leadline's |")
    print("|---|---|---|---|---|", *lines, sep="\n")


if __name__ == "__main__":
    main()
