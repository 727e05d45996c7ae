"""Random files with fields of all types, of all kinds of import, against the oracle, on both databases (§3-§8)."""

import random
from collections.abc import Iterator

import pytest

from leadline.model.jobs import FileFormat
from tests.conftest import storing
from tests.edge.read_back import differences
from tests.edge.three_kinds import DOCUMENT, OF_LEADS, OF_OBJECTS, Oracle, Upload, play
from tests.forms import repeats, times
from tests.harness import Server, running
from tests.oracle_cells import quoted

FILES, SEED = times(60, 600), 20261125
KEYS = ["a@x.co", " A@X.co", "b@x.co", "c@x.co\t", "bad", "É@x.co", "é@x.co", "ß@x.co", "SS@x.co", "", "NULL"]
CELLS = {
    "string": ["a", "A", " a ", "é", "É", "0", "=1+1", "x" * 255, "x" * 256, "𝛑" * 255, 'say "hi"', "a\nb"],
    "text": ["a,b;c\td", "é" * 15_000, "é" * 15_000 + "x", "a\r\nb", "'", "\\N", "\ufeff", "\u2028"],
    "integer": ["0", "-0", "007", "+7", " 8\t", "9223372036854775807", "9223372036854775808", "1.0", "1e3"],
    "score": ["-9223372036854775808", "-9223372036854775809", "--1", "+-1", "1_000", "1,000", "٣", "0x1F"],
    "percent": ["85%", "-5 %", "% 5", "5%%", "%", "85.5%", "85"],
    "float": [
        "1",
        "-1.5",
        ".5",
        "5.",
        ".",
        "1e308",
        "1e309",
        "-1e-320",
        "nan",
        "inf",
        "1,5",
        "+2.25",
        "1e",
        "-0",
    ],
    "currency": [
        "10.40",
        "0.00005",
        "-0.00005",
        "899999999999999.9999",
        "900000000000000",
        "$5",
        "1e-5",
        "5e2",
    ],
    "boolean": ["true", "FALSE", "1", "0", "Yes", "no", "t", "F", "y", "N", "2", "on", "truee"],
    "date": [
        "2026-02-28",
        "2026-02-30",
        "2024-02-29",
        "2/3/69",
        "12/31/68",
        "5/7/49",
        "0001-01-01",
        "0000-01-01",
    ],
    "datetime": [
        *("2026-11-25T10:00:00Z", "2026-11-25T10:00:00+05:30", "2026-11-25 10:00:00", "2026-11-25"),
        *(
            "2026-11-01 01:30:00",
            "2026-03-08T02:30",
            "1/2/26 1:05 PM",
            "1/2/26 13:05 PM",
            "2026-11-25T24:00:00Z",
        ),
        *(
            "9999-12-31T23:59:59.999Z",
            "2026-11-25T10:00:60Z",
            "2026-11-25T10:00:00+15:00",
            "2026-11-25t10:00z",
        ),
    ],
    "email": ["a@b.co", " a@b.co ", "a@b", "é@b.co", "x" * 250 + "@b.co", "a b"],
    "phone": ["+1 (555) 010", "x" * 256],
    "url": ["www.example.com", "x" * 255],
}
ANYTHING = ["", "", " ", "NULL", "null", " NULL", "nul\0", "a", "1"]
STANDARD = {
    "title": "string",
    "unsubscribed": "boolean",
    "gender": "string",
    "personType": "string",
    "mktoIsPartner": "boolean",
    "facebookReach": "integer",
    "lastReferredVisit": "datetime",
}
"""Fields of leads with their types, from those that lie in the main table and those that lie apart."""

OWN = {
    "lead": ["email", *STANDARD, *(f"l_{each}" for each in OF_LEADS)],
    "member": ["email", *STANDARD, *(f"{letter}_{each}" for each in OF_LEADS for letter in "lm")],
    "row_c": ["email", "lastName", "leadScore", "boss"],
    "thing_c": ["owner", "nobody", "marketoGUID", *(f"t_{each}" for each in OF_OBJECTS)],
}
KEY_COLUMNS = {
    "lead": ["email"],
    "member": ["email"],
    "row_c": ["email"],
    "thing_c": ["t_string", "t_integer"],
}


def cell_of(dice: random.Random, column: str) -> str:
    """Return a cell that may or may not suit a column."""
    if column in ("email", "owner", "boss"):
        return dice.choice(KEYS)
    fitting = CELLS.get(STANDARD.get(column, column.partition("_")[2]), CELLS["string"])
    return dice.choice(fitting if dice.randrange(5) else ANYTHING)


def random_upload(dice: random.Random, number: int) -> Upload:
    """Return a file with quoting, line ends and ragged rows as it happens."""
    into = dice.choice(list(OWN))
    columns = [
        each for each in dice.sample(OWN[into], min(4, len(OWN[into]))) if each not in KEY_COLUMNS[into]
    ]
    columns += KEY_COLUMNS[into] if dice.randrange(12) else []
    columns = columns or ["lastName"]
    dice.shuffle(columns)
    file_format = dice.choice(list(FileFormat))
    d, end = file_format.delimiter, dice.choice(["\n", "\r\n", "\r"])
    lines = [d.join(each.upper() if dice.randrange(9) == 0 else each for each in columns)]
    for _ in range(dice.randrange(1, 25)):
        row = [quoted(cell_of(dice, each), d) for each in columns]
        if not dice.randrange(8):
            row = row[: dice.randrange(1, len(row) + 1)] + dice.choices(["", "x", '""'], k=dice.randrange(3))
        lines += [d.join(row), *([""] if dice.randrange(15) == 0 else [])]
    lines += ['"open'] if not dice.randrange(12) else [""]
    status = dice.choice(["Invited", "On List", "Attended"])
    encoding = dice.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"])
    return Upload(f"file {number}", end.join(lines).encode(encoding), file_format, into, status)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=repeats)])
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """On one database after the other."""
    yield from storing(request.param, in_process=True)


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with fields of all types."""
    env = {"LEADLINE_LIMITS__JOBS_QUEUED_MAX": "1000"}
    yield from running(tmp_path_factory.mktemp("random") / "data", DOCUMENT, env=env)


def test_the_program_equals_the_oracle(world: Server) -> None:
    """Counts, ledger, failure and warning files of each file; then every stored value of all kinds."""
    dice = random.Random(SEED)
    uploads = [random_upload(dice, number) for number in range(FILES)]
    oracle = Oracle()
    for upload, answer in zip(uploads, play(world, uploads), strict=True):
        expected = oracle.expect(upload)
        oracle.number_guids(upload.into, answer)
        assert (upload.name, answer.outcome, answer.ledger) == (
            upload.name,
            expected.outcome,
            expected.ledger,
        )
        assert answer == expected, upload
    assert min(len(oracle.members), *(len(each.people) for each in oracle.objects.values())) >= 5
    assert differences(world, oracle) == []
    assert world.events("FaultCaught") == []
