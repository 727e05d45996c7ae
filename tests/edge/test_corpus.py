"""Dirty files: each ends as the corpus and the oracle say, on both databases alike (§3, §5-§8)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest

from leadline.model.jobs import FileFormat
from tests.conftest import storing
from tests.edge import corpus
from tests.edge.read_back import differences
from tests.edge.three_kinds import (
    DOCUMENT,
    LEAD_FIELDS,
    MEMBER_FIELDS,
    OF_OBJECTS,
    Answer,
    Oracle,
    Upload,
    fields_of,
    play,
)
from tests.forms import REPEATS, only_long, repeats
from tests.harness import Server, start_server

MANY_JOBS = {"LEADLINE_LIMITS__JOBS_QUEUED_MAX": "1000"}
CSV = FileFormat.CSV


def uploads() -> list[tuple[Upload, str]]:
    """Return the files of the corpus with their outcomes: all as leads, by turns as the other two kinds."""
    found: list[tuple[Upload, str]] = []
    in_csv = {**corpus.ENCODINGS, **corpus.SHAPES, **corpus.OTHERS}
    for turn, (name, (file, outcome)) in enumerate(in_csv.items()):
        found.append((Upload(name, file), outcome))
        if not outcome.startswith("100"):
            found.append((Upload(name, file, CSV, ("member", "row_c")[turn % 2]), outcome))
    for number, (name, (file, outcome)) in enumerate(corpus.SHAPES.items()):
        file_format = (FileFormat.TSV, FileFormat.SSV)[number % 2]
        into = "lead" if outcome.startswith("100") else ("lead", "member", "row_c")[number % 3]
        delimited = file.replace(b",", file_format.delimiter.encode())
        found.append((Upload(name, delimited, file_format, into), outcome))
    found += [(Upload(name, file, CSV, "row_c"), told) for name, (file, told) in corpus.OBJECTS.items()]
    return found + [(each, "199+1") for each in full_among_short() for _ in range(2)]


def full_among_short() -> list[Upload]:
    """Return a file for each kind whose full rows are decided apart from its short ones."""
    of_leads = {each["name"]: each["dataType"] for each in LEAD_FIELDS}
    of_members = of_leads | {each["name"]: each["dataType"] for each in MEMBER_FIELDS}
    of_things = {each["name"]: each["dataType"] for each in fields_of("t", OF_OBJECTS)[2:]}
    return [
        Upload("full among short", corpus.full_among_short(key, fields), CSV, into)
        for key, fields, into in (
            ("fs{}@x.co", of_leads, "lead"),
            ("fs{}@x.co", of_members, "member"),
            ("fs{},1", of_things, "thing_c"),
        )
    ]


UPLOADS = uploads()
DATABASES = ("sqlite", "postgres") if REPEATS else ("sqlite",)
Played = dict[str, list[Answer]]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """A server on each database."""
    place, running = tmp_path_factory.mktemp("corpus"), {}
    for kind in DATABASES:
        for _ in storing(kind, in_process=True):
            running[kind] = start_server(place / kind, DOCUMENT, env=MANY_JOBS)
    yield running
    for each in running.values():
        each.stop()


@pytest.fixture(scope="module")
def played(servers: dict[str, Server]) -> Played:
    """What each database's server told of each file."""
    return {kind: play(server, [upload for upload, _ in UPLOADS]) for kind, server in servers.items()}


@pytest.fixture(scope="module", params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """One database after the other."""
    return str(request.param)


@pytest.fixture(scope="module")
def judged(played: Played, database: str) -> tuple[Oracle, list[Answer | None]]:
    """The oracle after the same files, and its answers; None where creation was refused."""
    oracle, expected = Oracle(), []
    for (upload, outcome), answer in zip(UPLOADS, played[database], strict=True):
        expected.append(None if outcome.startswith("100") else oracle.expect(upload))
        oracle.number_guids(upload.into, answer)
    return oracle, expected


def test_each_file_ends_as_it_must(played: Played, database: str) -> None:
    """§3: rows processed and failed add up to the data rows, or the file is refused with a code."""
    pairs = zip(UPLOADS, played[database], strict=True)
    wrong = [
        (upload.name, upload.into, upload.format.value, outcome, answer.outcome)
        for (upload, outcome), answer in pairs
        if answer.outcome != outcome
    ]
    assert wrong == []


def test_each_row_is_told_of_as_the_oracle_does(
    played: Played, judged: tuple[Oracle, list[Answer | None]], database: str
) -> None:
    """§7: ledger, failure and warning file, to the byte; formulas and quotes come back as they were sent."""
    for (upload, _), answer, wanted in zip(UPLOADS, played[database], judged[1], strict=True):
        case = (upload.name, upload.into, upload.format.value)
        assert wanted is None or (case, answer) == (case, wanted)


def test_what_is_stored_is_what_was_meant(
    servers: dict[str, Server], judged: tuple[Oracle, list[Answer | None]], database: str
) -> None:
    """No mojibake, nothing of failed rows, other rows unharmed."""
    assert len(judged[0].leads.people) > 60
    assert differences(servers[database], judged[0]) == []


@repeats  # some of each kind are in tests/contract/api/test_sent_again.py
@only_long("postgres")
def test_failure_files_can_be_sent_again(servers: dict[str, Server], played: Played, database: str) -> None:
    """§7: as they are, reason column and all; each row fails again for the reason it gives."""
    files = [
        replace(upload, file=answer.failures.encode())
        for (upload, _), answer in zip(UPLOADS, played[database], strict=True)
        if answer.failures and upload.name != "mark twice"  # a name there, a mark in the new file
    ]
    assert len(files) > 60
    for upload, answer in zip(files, play(servers[database], files), strict=True):
        case = (upload.name, upload.into, upload.format.value)
        reasons = reasons_in(upload.file.decode(), upload.format)
        expected = [FAILS_OTHERWISE.get((upload.into, reason), reason) for reason in reasons]
        assert (case, reasons_in(answer.failures, upload.format)) == (case, expected)


@repeats
def test_both_databases_say_the_same(played: Played) -> None:
    """Status, failures, warnings, outcome and reason of each row; random ids apart."""
    for (upload, _), *answers in zip(UPLOADS, *played.values(), strict=True):
        one, other = ([line[:2] + line[3:] for line in answer.ledger] for answer in answers)
        assert one == other, upload.name
        told = [(each.outcome, each.warned, each.failures, each.warnings) for each in answers]
        assert told[0] == told[1], upload.name


def test_nobody_died(servers: dict[str, Server], played: Played) -> None:
    """After all of the above."""
    for each in servers.values():
        assert each.events("WorkerStopped") == []
        assert each.events("FaultCaught") == []


NO_EMAIL, UNREADABLE = "Value for lookup field 'email' not found", "Invalid row format"
FAILS_OTHERWISE = {
    ("lead", UNREADABLE): NO_EMAIL,
    ("member", UNREADABLE): NO_EMAIL,
    ("row_c", UNREADABLE): "missing.dedupe.fields",
}
"""A row that could not be read is shown as one text beside the key, and so is a row without a key."""


def reasons_in(file: str, file_format: FileFormat) -> list[str]:
    """Return the last cell of each row of a failure file."""
    csv.field_size_limit(1 << 24)  # here, since a library may have set its own meanwhile
    return [row[-1] for row in csv.reader(io.StringIO(file, newline=""), delimiter=file_format.delimiter)][1:]
