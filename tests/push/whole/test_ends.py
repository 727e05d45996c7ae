"""How a push stops before its end: signals, time, a full disk; and what the manifest holds against."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from leadline.client import Exit, Order, PushError, PushOptions, Target
from leadline.client.ended import State
from leadline.client.events import Message
from leadline.client.manifest.journal import Journal
from leadline.testing.subscription import Subscription
from tests.forms import repeats
from tests.push.whole.pushes import (
    SMALL,
    Told,
    creates,
    hold_rows,
    make_file,
    original,
    ours,
    people,
    run,
    states,
)
from tests.server import until

ROOT = Path(__file__).parents[3]


@contextmanager
def pushing(one: Subscription, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Push in a process of its own for the time of a block."""
    command = [sys.executable, "-m", "tests.push.whole.program", str(file), "20", "2", "never", "0"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("LEADLINE_")}
    marks = {name: value for name, value in os.environ.items() if name.startswith("LEADLINE_TEST_")}
    with subprocess.Popen(command, cwd=ROOT, env=env | marks | one.env, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[bytes]) -> dict[str, object]:
    output, _ = process.communicate(timeout=60)
    found: dict[str, object] = json.loads(output)
    return found


def has(manifest: Path, state: State, count: int) -> bool:
    return manifest.exists() and [each for _, each in states(manifest)].count(state) >= count


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=repeats)])
@original
def test_a_first_signal_ends_a_push_in_order(
    leadline: Subscription, tmp_path: Path, number: signal.Signals
) -> None:
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL)
    leadline.jobs.hold()
    with pushing(leadline, options.file) as process:
        until(lambda: has(options.manifest_path, State.ACCEPTED, 2))
        process.send_signal(number)
        for job in leadline.jobs.all():
            leadline.jobs.step(job["batchId"])
        report = said(process)
    assert process.returncode == report["exit"] == Exit.INTERRUPTED
    assert len(creates(leadline)) == 2
    assert has(options.manifest_path, State.DONE, 2)
    assert report["imported"] == 30
    leadline.jobs.auto()
    assert run(leadline, options).exit is Exit.IMPORTED
    hold_rows(leadline, rows)
    assert len(creates(leadline)) == 4


@ours
def test_what_another_version_has_written_is_told(leadline: Subscription, tmp_path: Path) -> None:
    options = PushOptions(make_file(tmp_path, people(3)), pace=SMALL)
    assert run(leadline, options).exit is Exit.IMPORTED
    first, *others = options.manifest_path.read_text("utf-8").splitlines()
    newer = json.dumps({**json.loads(first), "region": "EU"}, separators=(",", ":"))
    options.manifest_path.write_text("\n".join([newer, *others, ""]), "utf-8")
    told = Told()
    assert run(leadline, options, told).exit is Exit.IMPORTED
    assert [each.text for each in told.of(Message)] == [
        "The manifest has what this version of Leadline does not know: region. It is left."
    ]
    assert len(creates(leadline)) == 1


@original
def test_a_second_signal_leaves_at_once_and_says_how_to_go_on(leadline: Subscription, tmp_path: Path) -> None:
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL)
    leadline.jobs.hold()
    with pushing(leadline, options.file) as process:
        until(lambda: has(options.manifest_path, State.ACCEPTED, 2))
        calls = len(leadline.calls)
        process.send_signal(signal.SIGINT)
        until(lambda: len(leadline.calls) > calls + 2)  # it goes on asking
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        report = said(process)
    assert process.returncode == Exit.INTERRUPTED
    assert "run the same command again" in str(report["message"])
    leadline.jobs.auto()
    assert run(leadline, options).exit is Exit.IMPORTED
    assert len(creates(leadline)) == 4
    hold_rows(leadline, rows)


@original
def test_a_push_waits_no_longer_than_it_is_told(leadline: Subscription, tmp_path: Path) -> None:
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=replace(SMALL, wait=60.0))
    leadline.jobs.hold()
    report = run(leadline, options)
    assert report.exit is Exit.UNFINISHED
    assert "--wait" in report.message
    assert report.counts.not_imported == 60
    leadline.jobs.auto()
    assert run(leadline, replace(options, pace=SMALL)).exit is Exit.IMPORTED
    assert len(creates(leadline)) == 4


@contextmanager
def no_room_behind(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    "room", [0, 1200, *(pytest.param(room, marks=repeats) for room in (100, 800, 1000, 1600, 2000))]
)
@ours
def test_a_full_disk_stops_before_the_next_call(leadline: Subscription, tmp_path: Path, room: int) -> None:
    """Wherever the room ends: no piece is posted that the manifest does not tell of, and the push goes on."""
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL)
    with no_room_behind(room):
        try:
            ended = run(leadline, options).exit
        except PushError as error:
            ended = error.exit_code
    assert ended is Exit.UNFINISHED
    manifest = options.manifest_path
    sent = [piece for piece, state in states(manifest) if state is State.SENDING] if manifest.exists() else []
    assert len(creates(leadline)) <= len(sent)
    assert run(leadline, options).exit is Exit.IMPORTED
    leadline.assert_jobs(count=4)
    hold_rows(leadline, rows)


@original
def test_a_list_of_the_original_takes_one_piece_at_a_time(leadline: Subscription, tmp_path: Path) -> None:
    """None is refused with 1019, and none is posted before the one before has ended."""
    [found] = leadline.state()["lists"]
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), target=Target(list_id=found["id"]), pace=SMALL)
    assert run(leadline, options).exit is Exit.IMPORTED
    assert {call["code"] for call in creates(leadline)} == {None}
    assert [state for _, state in states(options.manifest_path)] == [
        State.SENDING,
        State.ACCEPTED,
        State.DONE,
    ] * 4
    [found] = leadline.state()["lists"]
    assert len(found["members"]) == 60


@ours
def test_in_strict_order_one_piece_is_open_at_a_time(leadline: Subscription, tmp_path: Path) -> None:
    options = PushOptions(make_file(tmp_path, people(60)), order=Order.STRICT, pace=SMALL)
    assert run(leadline, options).exit is Exit.IMPORTED
    assert [piece for piece, _ in states(options.manifest_path)] == sorted([1, 2, 3, 4] * 3)


@ours
def test_the_manifest_keeps_a_push_the_same(leadline: Subscription, tmp_path: Path) -> None:
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL)
    leadline.jobs.hold()
    run(leadline, replace(options, pace=replace(SMALL, wait=20.0)))
    leadline.jobs.auto()
    with pytest.raises(PushError, match="size of pieces") as refused:
        run(leadline, replace(options, pace=replace(SMALL, piece_mb=0.002)))
    assert refused.value.exit_code is Exit.USAGE
    with Journal(options.manifest_path), pytest.raises(PushError, match="Another push is at work"):
        run(leadline, options)
    make_file(tmp_path, [*rows, *people(61)[-1:]])
    with pytest.raises(PushError, match="has changed since its push began"):
        run(leadline, options)
    posted = len(creates(leadline))
    assert run(leadline, replace(options, restart=True)).exit is Exit.IMPORTED
    assert len(creates(leadline)) == posted + 5
    assert run(leadline, options).exit is Exit.IMPORTED


def test_a_manifest_never_changes_side(leadline: Subscription, tmp_path: Path) -> None:
    """What has keys there has none here: pieces that were sent could be sent twice."""
    options = PushOptions(make_file(tmp_path, people(20)), pace=SMALL)
    assert run(leadline, options).exit is Exit.IMPORTED
    text = options.manifest_path.read_text("ascii")
    options.manifest_path.write_text(text.replace('"leadline":true', '"leadline":false'), "ascii")
    with pytest.raises(PushError, match="was no Leadline when this push began"):
        run(leadline, options)


@pytest.mark.parametrize("written", [f'"layout":"{"0" * 64}",', ""], ids=["another", "none"])
def test_a_manifest_whose_pieces_have_other_rows_is_refused(
    leadline: Subscription, tmp_path: Path, written: str
) -> None:
    """As another version may cut them: their numbers would mean other rows."""
    options = PushOptions(make_file(tmp_path, people(20)), pace=SMALL)
    assert run(leadline, options).exit is Exit.IMPORTED
    text = re.sub('"layout":"[^"]*",', written, options.manifest_path.read_text("ascii"))
    options.manifest_path.write_text(text, "ascii")
    with pytest.raises(PushError, match=r"makes other pieces than .* another version of Leadline") as refused:
        run(leadline, options)
    assert refused.value.exit_code is Exit.USAGE


def test_no_secret_and_no_cell_stands_in_the_manifest(leadline: Subscription, tmp_path: Path) -> None:
    rows = people(60)
    rows[3]["email"] = ""
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL)
    leadline.faults.lost_reply("bulk.leads.create")
    run(leadline, options)
    text = options.manifest_path.read_text("ascii")
    for secret in (leadline.client_secret, "example.com", "First", "LLL"):
        assert secret not in text


def test_a_push_that_sends_nothing_leaves_no_manifest(leadline: Subscription, tmp_path: Path) -> None:
    options = PushOptions(make_file(tmp_path, [{"nothing": "x"}]), pace=SMALL)
    with pytest.raises(PushError, match="nothing"):
        run(leadline, options)
    assert list(tmp_path.iterdir()) == [options.file]


def test_a_manifest_may_be_elsewhere(leadline: Subscription, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    options = PushOptions(make_file(tmp_path, people(20)), pace=SMALL, manifest=elsewhere / "m.jsonl")
    assert run(leadline, options).exit is Exit.IMPORTED
    assert sorted(each.name for each in tmp_path.iterdir()) == ["crm.csv", "elsewhere"]


@ours
def test_results_are_not_written_over_the_file_that_is_pushed(leadline: Subscription, tmp_path: Path) -> None:
    """Who has gone into the folder of results to mend `failures.csv` may name that folder again."""
    for name in ("failures.csv", "warnings.csv", "not-imported.csv", "ledger.csv", "summary.json"):
        file = make_file(tmp_path, people(2), name)
        content = file.read_bytes()
        with pytest.raises(PushError, match="name another folder with --out") as refused:
            run(leadline, PushOptions(file, out=tmp_path))
        assert refused.value.exit_code is Exit.USAGE
        assert file.read_bytes() == content
    assert not creates(leadline)
