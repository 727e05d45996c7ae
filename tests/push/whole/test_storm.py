"""A whole file through all faults of the original at once, run again until its end; members and objects alike."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from leadline.client import Exit, Kind, Pace, PushError, PushOptions, Target, Unknown
from leadline.client.ended import State
from leadline.testing.subscription import Subscription
from tests.contract.api.world import CAR, STATUSES
from tests.forms import only_long
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

SETUP = {
    "channels": [{"name": "Webinar", "statuses": STATUSES}],
    "programs": [{"id": 1001, "name": "Spring Webinar", "channel": "Webinar"}],
    "custom_objects": [CAR],
}
CREATE, STATUS, FILES = "bulk.*.create", "*.status", "*.failures"
STORM: list[dict[str, Any]] = [
    {"on": CREATE, "do": [{"code": code} for code in ("1016", "606", "615", "602", "713")], "skip": 1},
    {"on": CREATE, "do": {"reset": True}, "phase": "after", "skip": 3},
    {"on": CREATE, "do": {"reset": True}, "skip": 9},
    {"on": CREATE, "do": [{"http": 502}, {"http": 503, "retryAfter": 2}], "skip": 11},
    {"on": CREATE, "do": {"truncate": 30}, "skip": 14},
    {"on": CREATE, "do": {"token": "expire"}, "skip": 15},
    {"on": "*", "do": {"code": "607"}, "skip": 30},
    {"on": STATUS, "do": [{"code": "606"}, {"http": 502}, {"reset": True}, {"truncate": 9}], "skip": 2},
    {"on": FILES, "do": [{"http": 504}, {"truncate": 40}, {"code": "604"}]},
]


def storm_rows(count: int) -> list[dict[str, str]]:
    """Return rows of which every hundredth repeats a key and some have none."""
    rows = people(count, company="Old")
    for place in range(50, count, 100):
        rows[place] = rows[place - 50] | {"company": "New", "lastName": "N" * 30}
    for place in range(77, count, 500):
        rows[place] = rows[place] | {"email": ""}
    return rows


def push_through(one: Subscription, options: PushOptions) -> int:
    """Run a push again and again until its end; return how often that was."""
    for times in range(1, 20):
        try:
            report = run(one, options)
        except PushError as error:
            if error.exit_code is not Exit.UNFINISHED:
                raise
            continue
        counts = report.counts
        assert counts.rows == counts.imported + counts.failed + counts.not_imported
        if report.exit is Exit.ROWS_MISSING:
            return times
        assert report.exit in (Exit.UNFINISHED, Exit.UNKNOWN)
    raise AssertionError("it comes to no end")


@pytest.mark.leadline(original=True, limits=ROOMY | {"upload_bytes_max": 14_000})
def test_a_file_through_all_faults_at_once(leadline: Subscription, tmp_path: Path) -> None:
    storm(leadline, tmp_path, 2_000, 0.02)


@only_long
@pytest.mark.leadline(original=True, limits=ROOMY | {"upload_bytes_max": 700_000})
def test_a_big_file_through_all_faults_at_once(leadline: Subscription, tmp_path: Path) -> None:
    storm(leadline, tmp_path, 300_000, 1.0)


def storm(one: Subscription, folder: Path, count: int, piece_mb: float) -> None:
    rows = storm_rows(count)
    pace = Pace(piece_mb=piece_mb, poll=1.0, calls_per_20s=1000)
    options = PushOptions(make_file(folder, rows), pace=pace, unknown=Unknown.RESEND)
    for fault in STORM:
        one.faults.add(fault)
    assert push_through(one, options) > 1
    failed = [str(number) for number, row in enumerate(rows, 1) if not row["email"]]
    assert [row["Source Row"] for row in read_rows(options.out_folder / "failures.csv")] == failed
    assert read_rows(options.out_folder / "not-imported.csv") == []
    hold_rows(one, [row for row in rows if row["email"]])
    found = states(options.manifest_path)
    doubled = Counter(piece for piece, state in found if state is State.UNKNOWN)
    taken = Counter(piece for piece, state in found if state is State.ACCEPTED)
    assert set(taken.values()) == {1}, "no piece is taken twice of which that could be known"
    jobs = len(one.jobs.all())
    assert len(taken) <= jobs <= len(taken) + sum(doubled.values())


CARS = Target(Kind.OBJECT, object_name="car_c")
MEMBERS = Target(Kind.MEMBERS, program_id=1001, status="Invited")
SIDES = [
    pytest.param(True, marks=pytest.mark.leadline(original=True, setup=SETUP, limits=ROOMY), id="original"),
    pytest.param(False, marks=pytest.mark.leadline(setup=SETUP, limits=ROOMY), id="leadline"),
]


@pytest.mark.parametrize("target", [CARS, MEMBERS], ids=["object", "members"])
@pytest.mark.parametrize("is_original", SIDES)
def test_members_and_objects_go_like_people(
    leadline: Subscription, tmp_path: Path, target: Target, is_original: bool
) -> None:
    """Through a full queue, a lost answer and a torn file; the failed row is told of by its number."""
    if target.kind is Kind.OBJECT:
        rows = [{"vin": f"V{number:04}", "color": "red", "make": "m" * 40} for number in range(40)]
        rows[11]["vin"], operation = "", "bulk.objects"
    else:
        rows = people(40)
        rows[11]["email"], operation = "", "bulk.members"
    options = PushOptions(make_file(tmp_path, rows), target=target, pace=SMALL, unknown=Unknown.RESEND)
    leadline.faults.code("1016", f"{operation}.create")
    leadline.faults.lost_reply(f"{operation}.create", skip=1)
    leadline.faults.truncate(20, f"{operation}.failures", must_fire=is_original)
    told = Told()
    report = run(leadline, options, told)
    assert report.exit is Exit.ROWS_MISSING, report
    assert (report.counts.imported, report.counts.failed) == (39, 1)
    [row] = read_rows(options.out_folder / "failures.csv")
    assert row["Source Row"] == "12"
    posted = creates(leadline, f"{operation}.create")
    assert len(posted) == report.pieces + 2
    jobs = report.pieces + (1 if is_original else 0)
    leadline.assert_jobs(count=jobs, status="Complete")
    state = leadline.state()
    assert len(state["records"]["car_c"] if target.kind is Kind.OBJECT else state["members"]) == 39
    assert run(leadline, options).counts == report.counts
