"""Two checkouts in one run: the same files in turns through an older program and through this one.

The older one is driven through its command line, its HTTP and its log alone, and has an environment of its own.
"""

import statistics
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.bench.ours import Ours
from tests.bench.races import MILLION_BYTES_MAX, Races, Side, ratio
from tests.bench.small import FIGURES, one_row_jobs, start
from tests.bench.timing import Figures
from tests.processes import LEADLINE
from tests.server import CLIENT_ID, CLIENT_SECRET

ROWS_A_TURN, TURNS, STARTS = 40, 5, 5
_RUN = "import sys; from leadline.cli.main import main; sys.argv[0] = 'leadline'; main()"
_WHERE = "import leadline; print(leadline.__file__)"
_DOCUMENT = {
    "munchkin_id": "123-ABC-456",
    "credentials": [
        {
            "name": "bench",
            "user": "bench@example.com",
            "permissions": "all",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
    ],
}


def against(folder: Path, kind: str, checkout: Path, repeats: int, *, quick: bool) -> str:
    """Return a table: each case before and after, and what is small.

    Processor time is that of the server, its workers and their database, with what they do behind the import.
    """
    programs = {"before": program_of(checkout), "after": (LEADLINE,)}
    sides: dict[str, Side] = {
        name: partial(Ours, program=program, document=_DOCUMENT, upload_bytes_max=MILLION_BYTES_MAX)
        for name, program in programs.items()
    }
    races = Races(folder, kind, sides, repeats)
    races.run(quick=quick)
    lines = ["| | before | after | ratio (min..max) |", "|---|---|---|---|"]
    for case, times in races.times.items():
        lines.append(_line(f"10 MB {case}, s", times, 2))
        lines.append(_line(f"10 MB {case}, s of CPU", races.used[case], 2))
    return "\n".join(lines + _small(folder, programs))


def program_of(checkout: Path) -> Sequence[str]:
    """Return the command of a checkout; its script may name the interpreter of another one, so that is not asked."""
    python = checkout.resolve() / ".venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-c", _WHERE], capture_output=True, text=True, check=True, cwd=checkout.parent
    )
    found = Path(done.stdout.strip())
    if not found.is_relative_to(checkout.resolve()):
        raise SystemExit(f"{python} runs the program in {found.parent}, not that of {checkout}.")
    return str(python), "-c", _RUN


def _small(folder: Path, programs: dict[str, Sequence[str]]) -> list[str]:
    """Let both import rows and start, in turns; of the rows of a turn the median counts."""
    place = folder / "little"
    place.mkdir()
    figures: dict[str, Figures] = {name: {} for name in programs}
    running = {
        name: Ours(place / name, program=program, document=_DOCUMENT) for name, program in programs.items()
    }
    for turn in range(TURNS):
        for name, ours in running.items():
            times = one_row_jobs(ours, ROWS_A_TURN, turn * ROWS_A_TURN)
            figures[name].setdefault("row", []).append(statistics.median(times))
    tokens = {name: ours.server.token for name, ours in running.items()}
    for ours in running.values():
        ours.stop()
    for _ in range(STARTS):
        for name, program in programs.items():
            start(program, place / name, tokens[name], figures[name])
    return [
        _line(told, {name: found[key] for name, found in figures.items()}, 1)
        for key, (told, _) in FIGURES.items()
    ]


def _line(what: str, times: dict[str, list[float]], digits: int) -> str:
    told = " | ".join(f"{statistics.median(each):.{digits}f}" for each in times.values())
    return f"| {what} | {told} | {ratio(times['after'], times['before'])} |"
