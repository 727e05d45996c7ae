"""A file goes in pieces to the original and to Leadline alike, and each row is told of once."""

from pathlib import Path

import pytest

from leadline.client import Exit, PushOptions
from leadline.client.ended import State
from leadline.client.events import PieceAccepted, PieceDone, PlanShown
from leadline.testing.subscription import Subscription
from tests.push.whole.pushes import (
    ROOMY,
    SMALL,
    Told,
    creates,
    hold_rows,
    make_file,
    people,
    read_rows,
    run,
    states,
)

BOTH = [
    pytest.param(True, marks=pytest.mark.leadline(original=True, limits=ROOMY), id="original"),
    pytest.param(False, marks=pytest.mark.leadline(limits=ROOMY), id="leadline"),
]


@pytest.mark.parametrize("is_original", BOTH)
def test_a_file_goes_in_pieces(leadline: Subscription, tmp_path: Path, is_original: bool) -> None:
    rows = people(60)
    told = Told()
    options = PushOptions(make_file(tmp_path, rows), pace=SMALL)
    report = run(leadline, options, told)
    assert report.exit is Exit.IMPORTED, report
    assert (report.counts.rows, report.counts.imported) == (60, 60)
    hold_rows(leadline, rows)
    pieces = told.of(PlanShown)[0].pieces
    assert pieces > 3
    assert told.of(PlanShown)[0].is_leadline is not is_original
    assert len(told.of(PieceAccepted)) == len(told.of(PieceDone)) == pieces == len(creates(leadline))
    found = states(options.manifest_path)
    for piece in range(1, pieces + 1):
        assert [state for number, state in found if number == piece] == [
            State.SENDING,
            State.ACCEPTED,
            State.DONE,
        ]
    assert read_rows(options.out_folder / "failures.csv") == []
    again = run(leadline, options)
    assert again.as_json() | {"calls": 0} == report.as_json() | {"calls": 0}
    assert len(creates(leadline)) == pieces


@pytest.mark.leadline(limits=ROOMY)
@pytest.mark.parametrize(
    ("fault", "is_leadline"),
    [({"http": 403}, False), ({"http": 404}, False), ({"code": "603"}, True), ({"http": 503}, True)],
    ids=str,
)
def test_what_stands_before_a_server_may_hide_what_it_adds(
    leadline: Subscription, tmp_path: Path, fault: dict[str, object], is_leadline: bool
) -> None:
    """Then it is taken for the original, which loses nothing; a server that cannot answer just now is asked again."""
    leadline.faults.add({"on": "jobs.list", "do": fault})
    told = Told()
    options = PushOptions(make_file(tmp_path, people(10)), pace=SMALL)
    assert run(leadline, options, told).exit is Exit.IMPORTED
    assert told.of(PlanShown)[0].is_leadline is is_leadline
