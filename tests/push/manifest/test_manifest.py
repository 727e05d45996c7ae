"""The manifest: what it holds, what follows from it, and what becomes of a torn, damaged, full or busy one."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.client.ended import State
from leadline.client.errors import Exit, PushError
from leadline.client.manifest.course import Course
from leadline.client.manifest.fingerprint import fingerprint_of, same_push
from leadline.client.manifest.journal import Journal, read_manifest
from leadline.client.manifest.lines import Line, PieceLine, PlanLine, read_line, written
from leadline.client.options import Kind, Order, Pace, PushOptions, Target

PLAN = PlanLine(1_700_000_000.0, "a1", "crm.csv", {"list": "5"}, True, 3, 900)


def line(state: State, piece: int = 1, at: float = 1_700_000_001.0, **more: object) -> PieceLine:
    return replace(PieceLine(at, state, piece), **more)


WHOLE: list[Line] = [
    PLAN,
    line(State.SENDING, rows=300, sha256="ab", key="k"),
    line(State.ACCEPTED, batch_id=1001),
    line(
        State.DONE, rows=300, batch_id=1001, status="Complete", imported=298, failed=2, warned=0, seconds=4.5
    ),
    line(State.HALVED, 2, into=(4, 5), piece_bytes=1000),
    line(State.SENDING, 3, rows=300, sha256="cd"),
    line(State.REFUSED, 3, code="1016"),
    line(State.SENDING, 3, rows=300, sha256="cd"),
    line(State.UNKNOWN, 3, code="502"),
]


@pytest.mark.parametrize("each", WHOLE, ids=lambda each: getattr(each, "state", "plan"))
def test_a_line_is_read_as_it_was_written(each: Line) -> None:
    text = written(each)
    assert read_line(text) == each
    assert "\n" not in text
    assert json.loads(text)["state"] in ("plan", *State)


@pytest.mark.parametrize("each", [PLAN, WHOLE[3]], ids=["plan", "piece"])
def test_what_another_version_adds_is_of_no_account_and_told(each: Line) -> None:
    text = json.dumps({**json.loads(written(each)), "region": "EU", "tries": 2})
    found = read_line(text)
    assert found == replace(each, others=frozenset({"region", "tries"}))
    assert written(found) == written(each)
    course = Course()
    for one in (PLAN, *WHOLE[1:3], found):
        course.take(one)
    assert course.others == {"region", "tries"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "[]",
        "{}",
        '{"at":"2026-01-01T00:00:00Z","state":"eaten","piece":1}',
        '{"at":"2026-01-01T00:00:00Z","state":"done"}',
        '{"at":"2026-01-01T00:00:00Z","state":"done","piece":"1"}',
        '{"at":"2026-01-01T00:00:00Z","state":"done","piece":true}',
        '{"at":"2026-01-01T00:00:00Z","state":"halved","piece":1,"into":[1]}',
        '{"at":"yesterday","state":"done","piece":1}',
        '{"at":"2026-01-01T00:00:00Z","state":"plan"}',
    ],
)
def test_what_is_no_line_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="no line of a manifest"):
        read_line(text)


def course_of(*lines: Line) -> Course:
    course = Course()
    for each in lines:
        course.take(each)
    return course


def test_a_course_follows_from_its_lines() -> None:
    course = course_of(*WHOLE)
    assert [course.piece(number).state for number in (1, 2, 3, 4)] == [
        State.DONE,
        State.HALVED,
        State.UNKNOWN,
        State.UNSENT,
    ]
    assert course.piece(1).batch_id == 1001
    assert course.piece(2).into == (4, 5)
    assert course.piece(3).attempts == 2
    assert course.piece_bytes == 1000
    assert course.last_number == 5
    assert course.longest == 4.5


def test_a_piece_was_doubled_when_it_was_sent_again_while_unknown_and_without_a_key() -> None:
    begun = [PLAN, line(State.SENDING), line(State.UNKNOWN)]
    done = [line(State.ACCEPTED, batch_id=7), line(State.DONE, at=1_700_000_050.0, seconds=20.0)]
    course = course_of(*begun, line(State.SENDING), *done)
    assert course.quiet_at([1, 2]) == 1_700_000_050.0 + 40.0 + 1.0
    assert course.quiet_at([2]) == 0.0
    with_key = course_of(*begun, line(State.SENDING, key="k"), *done)
    assert with_key.quiet_at([1]) == 0.0
    refused = course_of(PLAN, line(State.SENDING), line(State.REFUSED), line(State.SENDING), *done)
    assert refused.quiet_at([1]) == 0.0


def test_the_halves_of_a_piece_that_was_doubled_are_so_too() -> None:
    """The copy that was thought lost is whole, and may be imported behind both halves."""
    course = course_of(
        PLAN,
        line(State.SENDING),
        line(State.UNKNOWN),
        line(State.SENDING),
        line(State.REFUSED, code="413"),
        line(State.HALVED, into=(4, 5), piece_bytes=1000),
        line(State.SENDING, 4),
        line(State.ACCEPTED, 4, batch_id=7),
        line(State.DONE, 4, at=1_700_000_050.0, seconds=20.0),
    )
    assert course.quiet_at([1]) == 1_700_000_050.0 + 40.0 + 1.0
    assert not course.is_settled([1])
    assert course.leaves(1) == [4, 5]


def test_a_new_plan_begins_anew_and_knows_how_long_imports_took() -> None:
    course = course_of(*WHOLE, replace(PLAN, id="b2"))
    assert course.pieces == {}
    assert course.piece_bytes is None
    assert course.longest == 4.5
    assert course.last_number == 3


@given(states=st.lists(st.sampled_from(list(State)), max_size=8))
def test_no_piece_is_sent_again_that_may_have_been_taken(states: list[State]) -> None:
    """Whatever lines come: behind `accepted` no `sending` but by way of `unknown`, behind an end nothing."""
    course, taken = course_of(PLAN), [State.UNSENT]
    for state in states:
        try:
            course.take(line(state))
        except ValueError:
            continue
        taken.append(state)
    for before, after in pairwise(taken):
        assert before is not State.HALVED
        if before in (State.DONE, State.CANCELLED, State.UNDONE):
            assert after is State.UNDONE, "what is over is not sent again"
        if after is State.SENDING:
            assert before in (State.UNSENT, State.REFUSED, State.UNKNOWN)
        if after in (State.DONE, State.CANCELLED):
            assert before is State.ACCEPTED


@pytest.mark.parametrize(
    ("last", "is_over"),
    [
        (line(State.REFUSED, code="1003"), False),
        (line(State.REFUSED, code="413"), True),
        (line(State.UNKNOWN), False),
        (line(State.ACCEPTED), False),
    ],
)
def test_a_refused_piece_is_settled_but_not_over(last: PieceLine, is_over: bool) -> None:
    course = course_of(PLAN, line(State.SENDING), last)
    assert course.is_over(1) is is_over
    assert not course.is_over(2)


def test_a_torn_last_line_is_taken_for_none(tmp_path: Path) -> None:
    """Cut anywhere, a manifest says what its whole lines say, and goes on behind them."""
    path = tmp_path / "m"
    texts = [f"{written(each)}\n".encode() for each in WHOLE]
    whole = b"".join(texts)
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        lines = whole[:cut].count(b"\n")
        with Journal(path) as journal:
            assert journal.course == course_of(*WHOLE[:lines])
            if lines == 0:
                journal.append(PLAN)
        assert path.read_bytes() == b"".join(texts[: max(lines, 1)])


@pytest.mark.parametrize("damage", [b"{}\n", b"\xff\n", b"\n", b'{"at":"x"}\n'])
def test_a_damaged_manifest_is_refused_and_left_as_it_is(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "m"
    content = f"{written(PLAN)}\n".encode() + damage + f"{written(WHOLE[1])}\n".encode()
    path.write_bytes(content)
    with pytest.raises(PushError, match="Line 2 of the manifest") as refused:
        Journal(path)
    assert refused.value.exit_code is Exit.USAGE
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"notes, no line end", b"email\ra@x.com\r", b"[", b"[" * 100_000 + b"\n"]
)
def test_a_file_of_somebody_is_no_torn_manifest_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m"
    path.write_bytes(content)
    for opens in (Journal, read_manifest):
        with pytest.raises(PushError, match="Line 1 of the manifest"):
            opens(path)
    assert path.read_bytes() == content


def test_a_line_whose_bytes_never_came_to_the_disk_is_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(bytes(4096))
    with Journal(path) as journal:
        journal.append(PLAN)
    assert read_manifest(path).plan == PLAN


def test_a_second_push_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    """Also in another process, and no longer than the first one lives, whatever ends it."""
    path = tmp_path / "m"
    program = (
        "import sys; from pathlib import Path; from leadline.client.manifest.journal import Journal;"
        f"journal = Journal(Path({str(path)!r})); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(PushError, match="Another push is at work"):
            Journal(path)
        other.kill()
    Journal(path).__exit__(None, None, None)


def test_a_manifest_may_be_read_while_a_push_writes_it(tmp_path: Path) -> None:
    with Journal(tmp_path / "m") as journal:
        journal.append(PLAN)
        assert read_manifest(tmp_path / "m").plan == PLAN


def test_what_is_no_manifest_is_a_sentence(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for path in (tmp_path / "nothing", empty, tmp_path):
        with pytest.raises(PushError, match="manifest"):
            read_manifest(path)


def test_a_folder_that_may_not_be_written_names_the_option(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "folder", tmp_path):
        with pytest.raises(PushError, match="--manifest") as refused:
            Journal(path)
        assert refused.value.exit_code is Exit.USAGE


@contextmanager
def no_room_behind(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_line_that_finds_no_room_is_not_there_at_all(tmp_path: Path) -> None:
    """Wherever the room ends within it; and the course is as before it."""
    path = tmp_path / "m"
    next_line = line(State.SENDING, rows=300, sha256="ab", key="k")
    length = len(written(next_line))
    for room in range(0, length + 1, 7):
        path.unlink(missing_ok=True)
        with Journal(path) as journal:
            journal.append(PLAN)
            before = path.read_bytes()
            with no_room_behind(len(before) + room), pytest.raises(PushError, match="Make room") as full:
                journal.append(next_line)
            assert full.value.exit_code is Exit.UNFINISHED
            assert path.read_bytes() == before
            assert journal.course.piece(1).state is State.UNSENT
            journal.append(next_line)
    assert read_manifest(path).piece(1).state is State.SENDING


def test_a_push_is_the_same_when_all_that_decides_what_is_sent_is(tmp_path: Path) -> None:
    options = PushOptions(tmp_path / "crm.csv")
    others = [
        replace(options, order=Order.OFF),
        replace(options, pace=Pace(piece_mb=1)),
        *(
            replace(options, target=target)
            for target in (
                Target(list_id=5),
                Target(lookup_field="id"),
                Target(partition="EU"),
                Target(Kind.MEMBERS, program_id=1, status="Invited"),
                Target(Kind.OBJECT, object_name="car_c"),
            )
        ),
    ]
    first = fingerprint_of(options, "https://a", "ab", "m", "csv", "UTF-8")
    changed = fingerprint_of(options, "https://a", "cd", "m", "csv", "UTF-8")
    hold_same = partial(same_push, tmp_path, options.file, first, name="crm.csv")
    hold_same(dict(first))
    careless = replace(options, pace=Pace(in_flight=1, calls_per_20s=5, poll=1.0))
    hold_same(fingerprint_of(careless, "https://a", "ab", "m", "csv", "UTF-8"))
    found = [fingerprint_of(each, "https://a", "ab", "m", "csv", "UTF-8") for each in others]
    found += [
        fingerprint_of(options, "https://b", "ab", "m", "csv", "UTF-8"),
        fingerprint_of(options, "https://a", "ab", "n", "csv", "UTF-8"),
        fingerprint_of(options, "https://a", "ab", "m", "tsv", "UTF-8"),
        fingerprint_of(options, "https://a", "ab", "m", "csv", "UTF-16"),
    ]
    for each in found:
        with pytest.raises(PushError, match="of another push: it differs in"):
            hold_same(each)
    with pytest.raises(PushError, match="has changed since its push began"):
        hold_same(changed)
    with pytest.raises(PushError, match=r"of another file, other\.csv: name another --manifest"):
        same_push(tmp_path, options.file, first, changed, name="other.csv")


def test_descriptors_of_refused_manifests_are_closed(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(b"no\n")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(PushError):
            Journal(path)
    assert len(os.listdir("/proc/self/fd")) == before
