"""§2.5-2.6 and §7: messages, counters, failure and warning files, to the byte."""

import pytest

from tests.forms import repeats
from tests.harness import Server

pytestmark = repeats("postgres", "given")

DOCUMENTED = "{0}irstName,{1}astName,{2}mail,{3}ompany\nAble,Baker,ablebaker@marketo.com,Marketo\nCharlie,Dog,charliedog@marketo.com,Marketo\nEasy,Fox,easyfox@marketo.com,Marketo\n"


@pytest.mark.parametrize("letters", ["FLEC", "flec"])
def test_the_documented_three_rows(server: Server, letters: str) -> None:
    """§0.9, §4.7: both spellings of the header, the documented status."""
    batch_id = server.submit(DOCUMENTED.format(*letters))
    assert server.finish(batch_id) == {
        "batchId": batch_id,
        "importId": str(batch_id),
        "status": "Complete",
        "numOfLeadsProcessed": 3,
        "numOfRowsFailed": 0,
        "numOfRowsWithWarning": 0,
        "message": "Import succeeded, 3 records imported (3 members)",
    }
    assert server.lead("email", "easyfox@marketo.com", "company")[0]["company"] == "Marketo"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "Import succeeded, 0 records imported (0 members)"),
        (["m1@x.co,1"], "Import succeeded, 1 records imported (1 members)"),
        (["m1@x.co,x"], "Import completed with errors, 0 records imported (0 members), 1 failed"),
        (["m1 x,1"], "Import succeeded, 1 records imported (1 members), 1 warning."),
        (["m1 x,1", "m2 x,1"], "Import succeeded, 2 records imported (2 members), 2 warnings."),
        (
            ["m1@x.co,1", "m2@x.co,x"],
            "Import completed with errors, 1 records imported (1 members), 1 failed",
        ),
        (
            ["m1 x,1", "m2@x.co,x"],
            "Import completed with errors, 1 records imported (1 members), 1 failed, 1 warning.",
        ),
        (
            ["m1 x,1", "m2 x,1", "m3@x.co,x"],
            "Import completed with errors, 2 records imported (2 members), 1 failed, 2 warnings.",
        ),
    ],
)
def test_messages(server: Server, rows: list[str], message: str) -> None:
    """§2.5: word for word."""
    status = server.run_import("\n".join(["email,leadScore", *rows]) + "\n")
    assert (status["status"], status["message"]) == ("Complete", message)
    assert status["numOfLeadsProcessed"] + status["numOfRowsFailed"] == len(rows)


def test_the_documented_failure(server: Server) -> None:
    """§7.3: the display name in the reason; nothing of the row is stored."""
    batch_id = server.submit("firstName,email,leadScore\nBad,bad-score@example.com,TEXT\n")
    server.finish(batch_id)
    answer = server.failures(batch_id)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv;charset=UTF-8"
    assert answer.text == (
        "firstName,email,leadScore,Import Failure Reason\n"
        "Bad,bad-score@example.com,TEXT,Invalid data type in field Lead Score\n"
    )
    assert server.lead("email", "bad-score@example.com", "id") == []


def test_the_measured_warning(server: Server) -> None:
    """§7.2: exactly the 86 bytes that were measured on the original."""
    batch_id = server.submit("email,firstName,lastName\nabcds,John,Reese")
    server.finish(batch_id)
    assert len(server.warnings(batch_id).content) == 86
    assert server.warnings(batch_id).text == (
        "email,firstName,lastName,Import Warning Reason\nabcds,John,Reese,Invalid email address\n"
    )


def test_no_gzip_for_files(server: Server) -> None:
    """§0.4: bulk answers are never compressed, other answers of 1024 bytes are."""
    batch_id = server.submit("email,leadScore\n" + "a@example.com,x\n" * 100)
    server.finish(batch_id)
    headers = {"Accept-Encoding": "gzip"}
    files = server.call("GET", f"/bulk/v1/leads/batch/{batch_id}/failures.json", headers=headers)
    assert len(files.content) > 1024
    assert "content-encoding" not in files.headers
    described = server.call("GET", "/rest/v1/leads/describe.json", headers=headers)
    assert described.headers["content-encoding"] == "gzip"
    small = server.call("GET", "/rest/v1/leads/partitions.json", headers=headers)
    assert "content-encoding" not in small.headers


@pytest.mark.parametrize(("file_format", "d"), [("csv", ","), ("tsv", "\t"), ("ssv", ";")])
def test_layout(server: Server, file_format: str, d: str) -> None:
    """§7.2: header verbatim, quotes only where needed, the job's delimiter, original cells in file order."""
    header = f"EMAIL{d}firstName{d}leadScore"
    file = (
        f'{header}\r\n"q@example.com"{d}"plain"{d}x\r\n\r\nq@example.com{d}"say ""hi"", {d} you"{d}y\r\n'
        f'q@example.com{d}"two\nlines"{d}z\r\nshort@example.com\r\nq@example.com{d}=cmd(){d}1.5{d}extra\r\n'
    )
    batch_id = server.submit(file, format=file_format)
    status = server.finish(batch_id)
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (1, 4)
    reason = f"{d}Invalid data type in field Lead Score\n"
    assert server.failures(batch_id).text == (
        f"{header}{d}Import Failure Reason\n"
        f"q@example.com{d}plain{d}x{reason}"
        f'q@example.com{d}"say ""hi"", {d} you"{d}y{reason}'
        f'q@example.com{d}"two\nlines"{d}z{reason}'
        f"q@example.com{d}=cmd(){d}1.5{reason}"
    )
    assert server.failures(batch_id).headers["content-type"] == "text/csv;charset=UTF-8"


def test_first_problem_in_column_order(server: Server) -> None:
    """§7.2: cell reasons in column order; a failed row is no warning row."""
    batch_id = server.submit("vip,leadScore,email\nmaybe,x,bad\nyes,x,\nno,1,\nno,1,bad\n")
    status = server.finish(batch_id)
    assert (status["numOfRowsFailed"], status["numOfRowsWithWarning"]) == (3, 1)
    assert [line.split(",")[-1] for line in server.failures(batch_id).text.splitlines()[1:]] == [
        "Invalid data type in field Vip",
        "Invalid data type in field Lead Score",
        "Value for lookup field 'email' not found",
    ]


def test_no_file_is_404_in_plain_text(server: Server) -> None:
    """§7.1: nothing to report, unknown, not an id."""
    batch_id = server.submit("email\nfine@example.com\n")
    server.finish(batch_id)
    for number in (batch_id, 999, 99999999999, "abc"):
        for name in ("failures", "warnings"):
            answer = server.call("GET", f"/bulk/v1/leads/batch/{number}/{name}.json")
            assert answer.status_code == 404
            assert answer.headers["content-type"].startswith("text/plain")
            assert answer.text.endswith(".")


def test_status_of_what_is_not_there(server: Server) -> None:
    """§4.7: 1001 for no integer, 1013 for unknown; the alias answers too."""
    for path in ("", "/status"):
        found = server.get(f"/bulk/v1/leads/batch/abc{path}.json")["errors"]
        assert found == [{"code": "1001", "message": "Invalid value 'abc'. Required of type 'Integer'"}]
        found = server.get(f"/bulk/v1/leads/batch/7{path}.json")["errors"]
        assert found == [{"code": "1013", "message": "Object not found"}]
    batch_id = server.submit("email\n")
    server.finish(batch_id)
    assert server.get(f"/bulk/v1/leads/batch/{batch_id}/status.json")["result"] == [server.status(batch_id)]
