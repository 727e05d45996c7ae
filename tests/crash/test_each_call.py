"""Every write and every sync of small pieces of work is struck, one at a time: SQLite."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import storing
from tests.crash.broken import broken
from tests.crash.calls import Point, points_in, striking, watching, why_no_strace
from tests.crash.proof import Proof
from tests.crash.work import Work
from tests.crash.works import WORKS, copy_of
from tests.crash.works_of_calls import Post
from tests.crash.works_of_workers import ImportJob
from tests.forms import LONG, repeats

KILLS = dict.fromkeys(
    (
        "set up",
        "migration",
        "post",
        "post a large file",
        "post with a key",
        "cancel",
        "import",
        "import a large file",
        "apply",
        "undo",
        "remove",
    ),
    1,
)
"""How many points each work is killed at in the default suite, chosen by chance; the long proof takes all."""

ALWAYS = ("post", "import")
"""What `make test` kills; the others are killed for each change. A removal is killed at each message too."""

ERRORS = {"post": 1}
"""The same for calls that fail."""


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[str]:
    """Only SQLite writes by its own calls; PostgreSQL's server has proofs of its own."""
    if why := why_no_strace():
        pytest.skip(why)
    yield from storing("sqlite")


@dataclass(frozen=True)
class Studied:
    """A piece of work, what is there before it, and every call it makes when nothing strikes."""

    work: Work
    template: Path
    points: list[Point]

    def strike(self, data: Path, point: Point, fault: str) -> bool:
        """Do the work on a copy and meet a fault; tell whether it came to its end nevertheless."""
        copy_of(self.template, data)
        return self.work.run(data, striking(data, data.with_suffix(".log"), point, fault, self.work.watched))


def study(work: Work, folder: Path) -> Studied:
    """Do some work undisturbed, watching it."""
    template, data = folder / "template" / "data", folder / "studied" / "data"
    for place in (template, data):
        place.parent.mkdir()
    work.prepare(template)
    copy_of(template, data)
    log = data.with_suffix(".log")
    assert work.run(data, watching(data, log, work.watched))
    assert work.faults(data) == []
    return Studied(work, template, points_in(log, work.watched))


def _chosen(points: list[Point], quick: int, proof: Proof) -> list[Point]:
    return points if LONG else proof.chance.sample(points, quick)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in ALWAYS else repeats) for name in (WORKS if LONG else KILLS)],
)
def test_killed_at_each_call(name: str, tmp_path: Path, proof: Proof) -> None:
    """P1, P2, P3: the process dies at a write or a sync of its work, whichever it is: the store is sound,
    the work is taken up again and done once, and what was answered is there.
    """
    studied = study(WORKS[name], tmp_path)
    points = _chosen(studied.points, KILLS.get(name, 0), proof)
    faults, survived = [], []
    for point in points:
        data = tmp_path / f"at-{point.call}-{point.number}"
        if studied.strike(data, point, "signal=KILL"):
            survived.append(str(point))
        faults += [f"{point}: {fault}" for fault in studied.work.faults(data)]
    assert faults == []
    assert len(survived) <= len(points) // 20, "nearly every point was reached: runs differ by a page at most"
    proof.note(work=name, points=len(points), of=len(studied.points), not_reached=len(survived))


@pytest.mark.parametrize("name", WORKS if LONG else ERRORS)
def test_each_call_fails(name: str, tmp_path: Path, proof: Proof) -> None:
    """P1, P3: a write or a sync fails once with an I/O error: what could not be kept is not answered as
    if it had been, the process says so and lives, the work is done once when it is tried again.
    """
    studied = study(WORKS[name], tmp_path)
    points = _chosen(studied.points, ERRORS.get(name, 0), proof)
    faults = []
    for point in points:
        data = tmp_path / f"at-{point.call}-{point.number}"
        ended = studied.strike(data, point, "error=EIO")
        if not ended and name in ("post", "import"):
            faults.append(f"{point}: the server did not go on")
        assert "INJECTED" in data.with_suffix(".log").read_text(), f"{point} was not reached"
        faults += [f"{point}: {fault}" for fault in studied.work.faults(data)]
    assert faults == []
    proof.note(work=name, points=len(points), of=len(studied.points))


@pytest.mark.skipif(not LONG, reason="takes minutes: only in the long proof, make crash")
def test_control_rows_and_report_in_two_commits(tmp_path: Path, proof: Proof) -> None:
    """The control: were the rows of a chunk committed before the report of them, a kill between the two
    would make the next worker tell of rows that it did not write; the proof sees it.
    """

    work = ImportJob()
    work.env = broken(
        tmp_path,
        "worker/commit_chunk.py",
        "        progress = _keep_report(session, run, chunk, report)\n",
        "        session.run_built('COMMIT', {})\n"
        "        session.run_built('BEGIN IMMEDIATE', {})\n"
        "        progress = _keep_report(session, run, chunk, report)\n",
    )
    studied = study(work, tmp_path)
    syncs = [point for point in studied.points if point.call == "fsync"]
    between = [*syncs[2:], *syncs[:2]]  # the claim's and the first half's come first
    faults = []
    for point in between:
        data = tmp_path / f"at-{point.number}"
        studied.strike(data, point, "signal=KILL")
        faults += studied.work.faults(data)
        if faults:
            break
    assert any("ledger differs" in fault for fault in faults), faults


@repeats
def test_control_a_commit_that_failed_is_not_noticed(tmp_path: Path) -> None:
    """The control: a program that goes on after a commit that failed answers with a batch id that is lost."""
    work = Post()
    work.env = broken(
        tmp_path,
        "store/sqlite.py",
        '        session.run_built("COMMIT", {})\n',
        '        with suppress(StoreFaultError):\n            session.run_built("COMMIT", {})\n',
    )
    studied = study(work, tmp_path)
    studied.strike(tmp_path / "struck", Point("fsync", 1), "error=EIO")
    assert any("lost" in fault for fault in work.faults(tmp_path / "struck"))
