"""§8: years of two digits, offsets, and blanks that are no plain ones, the same in files, calls and filters."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.contract.api.calls import only, outcomes
from tests.contract.api.world import codes, post, sync, whole_subscription
from tests.crash.clock import WallClock
from tests.forms import only_long
from tests.harness import Server, running, start_server, subscription

pytestmark = only_long("postgres", "given")

LEADS, TRIPS = "/rest/v1/leads.json", "/rest/v1/customobjects/trip_c"
ZONE = ZoneInfo("America/Chicago")
TODAY = datetime.now(ZONE).date()
FIELDS = [
    {"name": "expires", "displayName": "Expires", "dataType": "date"},
    {"name": "seen", "displayName": "Seen", "dataType": "datetime"},
]
INSTANTS = {
    "2023-02-10 15:45:31+00": "2023-02-10T15:45:31Z",
    "2023-02-10 15:45:31.123456+05:30": "2023-02-10T10:15:31Z",
    "2023-02-10 15:45:31 -08": "2023-02-10T23:45:31Z",
    "2023-02-10T15:45 +0100": "2023-02-10T14:45:00Z",
    "2023-02-10T15:45:31,5 Z": "2023-02-10T15:45:31Z",
    "2023-02-10t15:45:31z": "2023-02-10T15:45:31Z",
    "2023-02-10\u00a015:45:31\u202f+01": "2023-02-10T14:45:31Z",
    "2/10/2023 3:45\u202fPM": "2023-02-10T21:45:00Z",
    "2/10/23,\u20033:45:31\u00a0pm": "2023-02-10T21:45:31Z",
    "2/10/23 15:45:31.999": "2023-02-10T21:45:31Z",
}
NO_INSTANTS = [
    *(
        "2023-02-10 15:45:31+0",
        "2023-02-10 15:45:31+000",
        "2023-02-10 15:45:31  +00",
        "2023-02-10 15:45:31+15",
    ),
    *("2023-02-10 15:45:31+14:01", "2023-02-10+00", "2023-02-10 15:45:31 +00 00", "2/10/2023 3:45 PM +01"),
    *(
        "2023-02-10\u200b15:45",
        "2/10/2023  3:45 PM",
        "2023-02-10 15:45:31.",
        "2023-02-10 15:45:31ZZ",
        "2/10/203",
    ),
]


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    document = whole_subscription(lead_fields=FIELDS)
    yield from running(tmp_path_factory.mktemp("dates") / "data", document)


@pytest.mark.parametrize("ahead", [-80, -79, -1, 0, 1, 19, 20, 21])
def test_two_digits_name_a_year_that_slides_with_today(world: Server, ahead: int) -> None:
    """20 years ahead at most; who was born is not born tomorrow."""
    year = TODAY.year + ahead - 100 * (ahead > 20) + 100 * (ahead == -80)
    for day in ("1/1", "12/31"):
        month, number = day.split("/")
        cell, address = f"{day}/{year % 100:02d}", f"y{ahead}-{month}@x.com"
        iso = f"{int(month):02d}-{int(number):02d}"
        born = year - 100 * (f"{year}-{iso}" > TODAY.isoformat())
        wanted = {"expires": f"{year}-{iso}", "dateOfBirth": f"{born}-{iso}"}
        assert outcomes(world, f"email,expires,dateOfBirth\n{address},{cell},{cell}\n") == [("created", "")]
        assert only(world, address, *wanted) == wanted
        sync(world, LEADS, {"email": f"c{address}", "expires": cell, "dateOfBirth": cell})
        assert only(world, f"c{address}", *wanted) == wanted
        sync(world, "/rest/v1/customobjects/car_c.json", {"vin": "v"})
        assert codes(sync(world, f"{TRIPS}.json", {"car": "v", "day": wanted["expires"]})) == ["created"]
        query = {"filterType": "dedupeFields", "input": [{"car": "v", "day": cell}], "fields": ["day"]}
        (trip,) = post(world, f"{TRIPS}.json?_method=GET", query)["result"]
        assert trip["day"] == wanted["expires"]
        assert codes(sync(world, f"{TRIPS}/delete.json", {"car": "v", "day": cell})) == ["deleted"]


def test_a_day_of_today_or_tomorrow_in_a_birthday(world: Server) -> None:
    """The border is the day itself; a year that is written out stays."""
    for days in (-2, 2):
        day = TODAY + timedelta(days)
        address = f"d{days}@x.com"
        outcomes(world, f"email,dateOfBirth,expires\n{address},{day:%m/%d/%y},{day:%m/%d/%y}\n")
        born = day.replace(year=day.year - 100 * (days > 0))
        assert only(world, address, "dateOfBirth", "expires") == {
            "dateOfBirth": born.isoformat(),
            "expires": day.isoformat(),
        }
    later = f"1/2/{TODAY.year + 30}"
    outcomes(world, f"email,dateOfBirth\nlater@x.com,{later}\n")
    assert only(world, "later@x.com", "dateOfBirth") == {"dateOfBirth": f"{TODAY.year + 30}-01-02"}


@pytest.mark.parametrize("cell", INSTANTS)
def test_instants_as_others_write_them(world: Server, cell: str) -> None:
    address = f"i{list(INSTANTS).index(cell)}@x.com"
    assert outcomes(world, f'email,seen,expires\n{address},"{cell}","{cell}"\n') == [("created", "")]
    wanted = {"seen": INSTANTS[cell], "expires": "2023-02-10"}
    assert only(world, address, *wanted) == wanted
    sync(world, LEADS, {"email": f"c{address}", "seen": cell, "expires": cell})
    assert only(world, f"c{address}", *wanted) == wanted


def test_what_is_no_instant(world: Server) -> None:
    rows = "".join(f'n@x.com,"{cell}"\n' for cell in NO_INSTANTS)
    reason = ("failed", "Invalid data type in field Seen")
    assert outcomes(world, f"email,seen\n{rows}") == [reason] * len(NO_INSTANTS)


def test_a_job_is_read_by_the_day_on_which_it_was_made(store: str, tmp_path: Path) -> None:
    """It waits over New Year's Eve, and the window slides on without it."""
    wall, data = WallClock(tmp_path / "clock"), tmp_path / "data"
    eve = datetime(TODAY.year, 12, 31, 12, tzinfo=ZONE)
    wall.shift(int((eve - datetime.now(ZONE)).total_seconds()))
    edge = f"6/1/{(eve.year + 21) % 100:02d}"
    server = start_server(data, subscription(lead_fields=FIELDS), workers=0, env=wall.env)
    batch_id = server.submit(f"email,expires\nwaits@x.com,{edge}\n")
    server.stop()
    wall.shift(int((eve + timedelta(days=1) - datetime.now(ZONE)).total_seconds()))
    for next_year in running(data, None, env=wall.env):
        next_year.finish(batch_id)
        next_year.run_import(f"email,expires\nlate@x.com,{edge}\n")
        assert only(next_year, "waits@x.com", "expires") == {"expires": f"{eve.year - 79}-06-01"}
        assert only(next_year, "late@x.com", "expires") == {"expires": f"{eve.year + 21}-06-01"}
