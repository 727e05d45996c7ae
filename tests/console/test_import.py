"""A person's export becomes records: upload, columns, preview, import; all of it with forms alone."""

import hashlib
import re
from collections.abc import Iterator

import pytest

from tests.console.importing import PatientConsole, draft_of, foresee, imported, ready, upload
from tests.console.world import Console, selected, shown
from tests.contract.api.world import credential, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running, until

pytestmark = repeats("postgres", "given")  # pages have no statements of their own

EXPORT = (
    "sep=;\r\nE-mail;First Name;Birthday;Note;Cat\r\n"
    'ann@x.co;Ann;13.04.1980;"says ""hi""; twice";\r\n'
    "jörg@x.de;Jörg;03.04.1980;#N/A;\r\n"
    ";Nobody;01.01.1970;x;\r\n"
    ";;;;only here\r\n"
)


@pytest.fixture
def console(world: Server) -> Iterator[Console]:
    browser = PatientConsole(world).login()
    yield browser
    browser.close()


def test_from_an_export_to_people_and_reasons(console: Console) -> None:
    draft = draft_of(upload(console, EXPORT.encode("cp1252")))
    columns = console.get(draft)
    assert "Windows-1252" in columns.text
    assert selected(columns.text) == {
        "column-0": "email",
        "column-1": "firstName",
        "column-2": "dateOfBirth",
        "column-3": "",
        "column-4": "",
    }
    text = shown(columns)
    assert "1 × #N/A : looks like a word for “nothing”" in text
    assert "13.04.1980 says so" in text
    preview = foresee(console, draft)
    text = shown(preview)
    assert re.search("Created 2 rows .*Failed 1 row ", text)
    assert "Value for lookup field 'email' not found The lookup field has no value" in text
    assert "E-mail email 0 2 0 0 1" in text, "columns are called as in the file, beside their fields"
    assert "1 row has values only in columns that are not imported" in text
    submitted = console.get(f"{draft}/submitted.csv")
    assert submitted.content.decode().splitlines() == [
        "email,firstName,dateOfBirth",
        "ann@x.co,Ann,1980-04-13",
        "jörg@x.de,Jörg,1980-04-03",
        ",Nobody,1970-01-01",
        ",,",
    ]
    assert hashlib.sha256(submitted.content).hexdigest() in text
    assert console.get(f"{draft}/original.csv").content == EXPORT.encode("cp1252")
    assert "Value for lookup field" in console.get(f"{draft}/preview/failures").text
    assert "Imported" in imported(console, draft)
    people = console.server.lead("email", "ann@x.co", "dateOfBirth")
    assert [each["dateOfBirth"] for each in people] == ["1980-04-13"]


def test_a_header_is_remembered(console: Console) -> None:
    first = draft_of(upload(console, b"Mail,Secret Thing\na1@x.co,Ann\n"))
    assert selected(console.get(first).text) == {"column-0": "email", "column-1": ""}
    foresee(console, first, **{"column-1": "firstName"})
    again = console.get(draft_of(upload(console, b"Mail,Secret Thing\nb1@x.co,Bob\n")))
    assert selected(again.text)["column-1"] == "firstName"
    assert "where those of such a file went last time" in shown(again)
    other = console.get(draft_of(upload(console, b"Mail,Other Thing\nb1@x.co,Bob\n")))
    assert selected(other.text)["column-1"] == ""


def test_ambiguous_dates_are_asked_about(console: Console) -> None:
    draft = draft_of(upload(console, b"email,dateOfBirth\nd1@x.co,03/04/1980\nd2@x.co,05/06/81\n"))
    form = selected(console.get(draft).text) | {"do": "preview"}
    refused = console.post(draft, **form)
    assert refused.status_code == 409
    assert "Say how the dates of “dateOfBirth” are written" in shown(refused)
    assert 'name="column-1"' in refused.text
    foresee(console, draft, **{"order-1": "dmy"})
    assert b"d1@x.co,1980-04-03\r\nd2@x.co,1981-06-05" in console.get(f"{draft}/submitted.csv").content
    foresee(console, draft, **{"order-1": "mdy"})
    assert b"d1@x.co,1980-03-04\r\nd2@x.co,1981-05-06" in console.get(f"{draft}/submitted.csv").content


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"column-0": "email", "column-1": "email"}, "go into the same field"),
        ({"column-0": "", "column-1": "firstName"}, "No column goes into Email Address"),
        ({"column-0": "email", "column-1": "no_such"}, "There is no field no_such any more"),
    ],
)
def test_what_is_unclear_is_said_and_the_form_stays(
    console: Console, columns: dict[str, str], sentence: str
) -> None:
    draft = draft_of(upload(console, b"email,name\na2@x.co,Ann\n"))
    refused = console.post(draft, **columns | {"do": "preview"})
    assert (refused.status_code, sentence in shown(refused)) == (409, True)
    kept = selected(refused.text)
    assert kept["column-0"] == columns["column-0"]


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"PK\x03\x04" + b"xl/workbook.xml" + bytes(200), 409, "save it as CSV UTF-8"),
        (b"%PDF-1.7\n\x00\x01\x02" + bytes(300), 409, "save it as CSV UTF-8"),
        (b"", 409, "file"),
        (b"\n\n,,\n", 409, "Empty file"),
        (b"email\n" + b"a@x.co\n" * 1_600_000, 413, "too large"),
    ],
    ids=["xlsx", "pdf", "nothing", "blank", "large"],
)
def test_a_refused_file_gives_a_page(console: Console, content: bytes, status: int, sentence: str) -> None:
    answer = upload(console, content, lookupField="twitterId")
    assert (answer.status_code, sentence.lower() in shown(answer).lower()) == (status, True), shown(answer)[
        :300
    ]
    if content:
        assert 'value="twitterId" selected' in answer.text


def test_members_and_objects(console: Console) -> None:
    members = draft_of(
        upload(
            console,
            b"email,Webinar Question\nm1@x.co,why\n",
            kind="members",
            target="1001",
            programMemberStatus="Attended",
        )
    )
    assert selected(console.get(members).text)["column-1"] == "webinarQuestion"
    assert "Created 1 row" in shown(foresee(console, members))
    cars = draft_of(upload(console, b"VIN,Colour\nv1,red\n", kind="objects", target="car_c"))
    assert selected(console.get(cars).text) == {"column-0": "vin", "column-1": "color"}
    assert "Created 1 row" in shown(foresee(console, cars))
    assert "Imported" in imported(console, cars)


def test_hostile_names_and_cells_stay_text(console: Console) -> None:
    content = 'email,"<script>alert(1)</script>"\na3@x.co,"<img src=x onerror=1>\u202e"\n'.encode()
    draft = draft_of(upload(console, content, name='"><b>x</b>\u202ecsv.exe'))
    page = console.get(draft).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert "a3@x.co" not in draft


def test_sent_twice_it_is_done_once(console: Console) -> None:
    draft = draft_of(upload(console, b"email\ntwice@x.co\n"))
    form = selected(console.get(draft).text) | {"do": "preview"}
    for _ in range(2):
        console.post(draft, **form)
    ready(console, f"{draft}/preview")
    addresses = {console.post(f"{draft}/preview").headers["location"] for _ in range(2)}
    assert len(addresses) == 1
    until(lambda: "Imported" in shown(console.get(f"{draft}/preview")))
    again = draft_of(upload(console, b"email\ntwice@x.co\n"))
    assert "The same file was imported before" in shown(foresee(console, again))


def test_a_file_is_read_as_one_says(console: Console) -> None:
    draft = draft_of(upload(console, "title\nemail|first\na4@x.co|Zoë\n".encode("mac_roman")))
    assert "guess" in shown(console.get(draft))
    console.post(draft, do="read", encoding="Mac Roman", delimiter="|", above="1")
    page = shown(console.get(draft))
    assert "Zoë" in page
    assert "guess" not in page
    assert console.post(draft, do="read", encoding="nonsense", delimiter="|", above="1").status_code == 409


def test_a_store_that_changed_meanwhile_refuses(console: Console) -> None:
    draft = draft_of(upload(console, b"email,firstName\ndrift@x.co,New\n"))
    foresee(console, draft)
    console.server.run_import("email,firstName\ndrift@x.co,Old\n")
    text = imported(console, draft)
    assert "Nothing was imported" in text
    assert "Differences from what was shown" in text
    console.post(draft, do="again")
    assert "Updated 1 row" in shown(ready(console, f"{draft}/preview"))
    assert "Imported" in imported(console, draft)


def test_who_may_see_a_draft(store: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    document = whole_subscription()
    document["credentials"] = [
        *document["credentials"],
        credential("leads", "Read-Write Lead"),
        credential("twin", "Read-Write Lead"),
        credential("cars", "Read-Write Custom Object"),
        credential("reader", "Read-Only Lead"),
    ]
    for server in running(tmp_path_factory.mktemp("rights") / "data", document):
        people = {
            name: Console(server).login(name, f"{name}-secret")
            for name in ("leads", "twin", "cars", "reader")
        }
        mine = draft_of(upload(people["leads"], b"email\nmine@x.co\n"))
        assert [people[name].get(mine).status_code for name in people] == [200, 404, 404, 403]
        everybody = PatientConsole(server).login()
        assert everybody.get(mine).status_code == 200
        everybody.close()
        assert upload(people["cars"], b"email\na@x.co\n").status_code == 403
        assert upload(people["reader"], b"email\na@x.co\n").status_code == 403
        assert "mine@x.co" not in "".join(server.log)
        for each in people.values():
            each.close()


@pytest.fixture(scope="module", autouse=True)
def nothing_in_the_log(world: Server) -> Iterator[None]:
    """No cell, file name or address of a person is ever in a line of the log."""
    yield
    assert not re.search("x\\.co|export\\.csv|alert", "".join(world.log))
