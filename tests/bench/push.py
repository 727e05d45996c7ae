"""How fast `leadline push` reads and splits a file of 1 GB, and what memory it takes: no server is asked.

Processor time of one process, which does all of it: its one thread is one core. Calls are those that a push of
the file makes where each poll finds its job finished: a login, the describe call, a probe, and for each piece
its creation, a poll, and its two files.
"""

import random
import subprocess
import sys
from pathlib import Path

from tests.bench.files import people

_MB = 1_000_000
_PEOPLE_A_BLOCK = 10_000
_CALLS_BEFORE, _CALLS_A_PIECE = 3, 4
AIM_COPIED, AIM_REWRITTEN, AIM_MEMORY_MB = 40, 20, 150

_PLAIN = "First Name,Last Name,Email Address,Company Name,Job Title,Lead Score"
_DATED = f"{_PLAIN},Date of Birth"
_MEASURED = """
import resource, sys, time
from pathlib import Path
from leadline.cli.push_run import save_memory
from leadline.client.fields import Field
from leadline.client.options import PushOptions, Reading
from leadline.client.reading import make_plan, match_columns, open_source, piece_content
names = ("First Name,firstName", "Last Name,lastName", "Email Address,email", "Company Name,company")
fields = [Field(name, shown, "string") for shown, name in (each.split(",") for each in names)]
fields += [Field("title", "Job Title", "string"), Field("leadScore", "Lead Score", "integer")]
fields += [Field("dateOfBirth", "Date of Birth", "date"), Field("notes", "Notes", "text")]
options = PushOptions(Path(sys.argv[1]), reading=Reading(dates="dmy"))
save_memory()
times = [time.process_time()]
source = open_source(options.file, options.reading)
times.append(time.process_time())
mapping = match_columns(source, fields, options)
plan = make_plan(source, mapping, options)
times.append(time.process_time())
sent = sum(len(part) for piece in plan.pieces for part in piece_content(source, mapping, piece))
times.append(time.process_time())
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(*(after - before for before, after in zip(times, times[1:])), memory, len(plan.pieces), plan.rows, plan.repeats)
"""


def push(folder: Path, megabytes: int = 1000) -> str:
    """Measure files of some size, one of each kind, and return the table."""
    lines = [
        "| a file of 1 GB | hash, encoding | survey, keys | pieces | all, MB/s of one core | aim | memory, MB | aim "
        "| pieces | calls |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, (kind, aim) in _KINDS.items():
        file = folder / "push.csv"
        _write(file, kind, megabytes)
        size = file.stat().st_size / _MB
        *seconds, memory, pieces, _, _ = _measure(file)
        parts = " | ".join(f"{size / each:.0f}" for each in seconds)
        calls = _CALLS_BEFORE + _CALLS_A_PIECE * int(pieces)
        lines.append(
            f"| {name} | {parts} | **{size / sum(seconds):.0f}** | {aim} | {memory:.0f} | {AIM_MEMORY_MB} "
            f"| {pieces:.0f} | {calls} |"
        )
        file.unlink()
    return "\n".join(lines)


def _measure(file: Path) -> list[float]:
    ran = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(file)], capture_output=True, text=True, check=True
    )
    return [float(each) for each in ran.stdout.split()]


def _write(file: Path, kind: str, megabytes: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write({"dated": _DATED, "quoted": f"{_PLAIN},Notes"}.get(kind, _PLAIN) + "\n")
        first = 0
        while out.tell() < megabytes * _MB:
            block = people(_PEOPLE_A_BLOCK, first)
            out.write(block if kind == "plain" else _more(block, kind, first))
            first += _PEOPLE_A_BLOCK


def _more(block: str, kind: str, first: int) -> str:
    """Return people with a day, or with what CRMs export: all in quotes, notes of two lines, words for nothing."""
    dice = random.Random(first)
    if kind == "dated":
        days = (
            f"{dice.randrange(1, 29)}/{dice.randrange(1, 13)}/{dice.randrange(1940, 2010)}"
            for _ in block.splitlines()
        )
        return "".join(f"{line},{day}\n" for line, day in zip(block.splitlines(), days, strict=True))
    notes = ("", "N/A", "Met at the fair.\nCall again", 'Said ""yes""', "Zoë")
    return "".join(
        '"' + line.replace(",", '","') + f'","{dice.choice(notes)}"\n' for line in block.splitlines()
    )


_KINDS = {
    "plain, copied": ("plain", AIM_COPIED),
    "all in quotes, notes of two lines, copied": ("quoted", AIM_COPIED),
    "days of birth written anew": ("dated", AIM_REWRITTEN),
}
"""What is measured: which file, and how many MB a second are aimed at."""
