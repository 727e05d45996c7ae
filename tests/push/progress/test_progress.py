"""How a push goes on, for a person at a terminal, for a log, and for a program."""

import io
import json

from leadline.client.events import Event, PieceAccepted, PieceDone, PieceProgress, PlanShown
from leadline.client.progress.course import Course
from leadline.client.progress.json_lines import JsonProgress
from leadline.client.progress.lines import LineProgress
from leadline.client.progress.sentences import duration
from leadline.client.progress.terminal import TerminalProgress
from tests.push.progress.course import EVENTS


class Watch:
    """A clock that a test sets."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def lines_of(*events: Event) -> list[str]:
    written: list[str] = []
    progress = LineProgress(written.append, Watch())
    for event in events:
        progress.tell(event)
    progress.close()
    return written


def test_a_course_knows_what_is_over_and_what_is_open() -> None:
    course = Course()
    seen = []
    for event in EVENTS:
        course.take(event)
        seen.append((course.rows_over, sorted(course.open)))
    assert seen[5] == (21, [1])
    assert seen[13] == (21, [1, 4])
    assert seen[-1] == (100, [])
    assert (course.pieces, course.pieces_ended) == (4, 4)


def test_a_log_has_a_line_a_change() -> None:
    assert lines_of(*EVENTS) == [
        "E-mail Address -> email",
        "Notes [internal] -> left out",
        "100 rows, 27.0 MB, 3 pieces in 2 waves, about 20 calls.",
        "Piece 1: batch 1001 has taken 40 rows.",
        "Piece 2 is too large for the server: it goes as pieces 4 and 5.",
        "Nobody knows whether the server has taken piece 4: the answer was lost. It is sent again.",
        "Piece 4: batch 1002 has taken 20 rows.",
        "Piece 5: 1016 Too many imports queued; waiting 30 s.",
        "Piece 1: batch 1001 is over, 38 imported, 2 failed, 1 with a warning, 61 s.",
        "40 of 100 rows (40 %).",
        "Piece 4: batch 1002 is over, Failed, 0 imported, 3 s.",
        "60 of 100 rows (60 %).",
        "Piece 5 is refused: 1006 Field 'x' not found",
        "80 of 100 rows (80 %).",
        "Nobody knows whether the server has taken piece 3: the connection was cut. It is not sent again.",
        "100 of 100 rows (100 %).",
        "Nothing more is sent.",
    ]


def test_a_log_has_a_line_a_minute_at_least_while_nothing_else_happens() -> None:
    written: list[str] = []
    watch = Watch()
    progress = LineProgress(written.append, watch)
    progress.tell(PlanShown(pieces=1, rows=1000, bytes=10, waves=1, calls=4))
    progress.tell(PieceAccepted(1, 1000, 7))
    for watch.seconds in range(0, 200, 5):
        progress.tell(PieceProgress(1, 1000, 7, "Importing", int(watch.seconds), 0))
    assert written[2:] == [
        "60 of 1,000 rows (6 %).",
        "120 of 1,000 rows (12 %).",
        "180 of 1,000 rows (18 %).",
    ]


def test_a_push_that_goes_on_says_what_is_over() -> None:
    plan = PlanShown(pieces=4, rows=100, bytes=1, waves=1, calls=9, pieces_ended=3, rows_ended=75)
    assert lines_of(plan, PieceDone(4, 25, 8, "Complete", 25, 0, 0, 1.0)) == [
        "100 rows, 0.0 MB, 4 pieces, about 9 calls. 3 of them are over from before.",
        "75 of 100 rows (75 %).",
        "Piece 4: batch 8 is over, 25 imported, 1 s.",
        "100 of 100 rows (100 %).",
    ]


def test_a_program_reads_each_event_as_a_line_of_json() -> None:
    written: list[str] = []
    progress = JsonProgress(written.append, lambda: "2026-11-29T10:00:00Z")
    for event in EVENTS:
        progress.tell(event)
    read = [json.loads(line) for line in written]
    assert len(read) == len(EVENTS)
    assert all(line["at"] == "2026-11-29T10:00:00Z" for line in read)
    assert [line["event"] for line in read][:4] == [
        "mappingShown",
        "planShown",
        "pieceSending",
        "pieceAccepted",
    ]
    assert read[0]["lines"] == ["E-mail Address -> email", "Notes [internal] -> left out"]
    assert read[3] == {"event": "pieceAccepted", "at": read[3]["at"], "piece": 1, "rows": 40, "batchId": 1001}
    assert read[7]["into"] == [4, 5]
    assert all("\n" not in line and line.isascii() for line in written)


def test_a_terminal_has_a_bar_and_a_line_an_open_piece() -> None:
    stream = io.StringIO()
    progress = TerminalProgress(stream)
    for event in EVENTS[:6]:
        progress.tell(event)
    progress.close()
    shown = stream.getvalue()
    assert "21 of 100 rows" in shown
    assert "0 of 3 pieces, 3 calls" in shown
    assert "piece 1: batch 1001, importing" in shown
    assert "21 of 40 rows" in shown
    assert "Notes [internal] -> left out" in shown
    for event in EVENTS[6:]:
        progress.tell(event)
        progress.close()
    progress.close()
    assert "100 of 100 rows" in stream.getvalue()
    assert "waiting: 1016 Too many imports queued" in stream.getvalue()


def test_times_as_people_say_them() -> None:
    assert [duration(each) for each in (0.4, 61, 100, 3600, 11_100)] == [
        "0 s",
        "61 s",
        "2 min",
        "1 h 0 min",
        "3 h 5 min",
    ]
