"""§7: lines of the failure and warning files to the byte, for cells that are awkward to print."""

import csv
import io

import pytest

from tests.contract.api.calls import error_of
from tests.forms import repeats
from tests.harness import Server

pytestmark = repeats("postgres", "given")

BAD_SCORE = "Invalid data type in field Lead Score"


def file_of(server: Server, content: str, kind: str = "failures", **params: str) -> str:
    """Import a file to its end; return its failure or warning file."""
    batch_id = server.submit(content, **params)
    server.finish(batch_id)
    answer = server.call("GET", f"/bulk/v1/leads/batch/{batch_id}/{kind}.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv;charset=UTF-8")
    assert "content-disposition" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer.content.decode()


@pytest.mark.parametrize(
    "header",
    [
        "email,leadScore,lastName",
        "EMAIL,LeadScore,LASTNAME",
        '"email","leadScore","lastName"',
        "email,leadScore,",
        "Email,leadscore,createdAt",
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_header_verbatim(server: Server, header: str, line_end: str) -> None:
    """§7.2: case, quotes and blank names kept; LF line ends whatever the upload had."""
    content = line_end.join([header, "v@example.com,x,Last", ""])
    expected = f"{header},Import Failure Reason\nv@example.com,x,Last,{BAD_SCORE}\n"
    assert file_of(server, content) == expected


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        ("plain", "plain"),
        ('"plain"', "plain"),
        (" outer spaces ", " outer spaces "),
        ('"a,b"', '"a,b"'),
        ("a;b\tc", "a;b\tc"),
        ('"say ""hi"""', '"say ""hi"""'),
        ('in"side', '"in""side"'),
        ('"two\nlines"', '"two\nlines"'),
        ('"two\r\nlines"', '"two\r\nlines"'),
        ('"lone\rreturn"', '"lone\rreturn"'),
        ("=SUM(A1)", "=SUM(A1)"),
        ("back\\slash", "back\\slash"),
        ("NULL", "NULL"),
        ('""', ""),
        ("東京 \U0001f600", "東京 \U0001f600"),
        ("'single'", "'single'"),
    ],
)
def test_quotes_only_where_needed(server: Server, cell: str, printed: str) -> None:
    """§7.2: the original text, quoted for delimiter, quote and line break, for nothing else."""
    found = file_of(server, f"email,leadScore,lastName\nq@example.com,x,{cell}\n")
    assert found == f"email,leadScore,lastName,Import Failure Reason\nq@example.com,x,{printed},{BAD_SCORE}\n"


@pytest.mark.parametrize(("file_format", "d"), [("tsv", "\t"), ("ssv", ";")])
def test_the_job_s_own_delimiter(server: Server, file_format: str, d: str) -> None:
    """§7.2: a comma needs no quotes then, the delimiter does."""
    content = f'email{d}leadScore{d}lastName\nd@example.com{d}x{d}a,b\nd@example.com{d}x{d}"a{d}b"\n'
    assert file_of(server, content, format=file_format) == (
        f"email{d}leadScore{d}lastName{d}Import Failure Reason\n"
        f"d@example.com{d}x{d}a,b{d}{BAD_SCORE}\n"
        f'd@example.com{d}x{d}"a{d}b"{d}{BAD_SCORE}\n'
    )


@pytest.mark.parametrize(
    ("row", "printed"),
    [
        ("broken", "broken,,,Invalid email address"),
        ("broken,A", "broken,A,,Invalid email address"),
        ("broken,A,,,,", "broken,A,,Invalid email address"),
        ("broken,A,B,extra", "broken,A,B,Invalid email address"),
        ("long@example.com,A,B,,extra", "long@example.com,A,B,Row has more values than the header"),
    ],
)
def test_warnings_of_short_and_long_rows(server: Server, row: str, printed: str) -> None:
    """§7.2, Q31: padded, extra cells left out; the cell's reason before the row's."""
    found = file_of(server, f"email,firstName,lastName\n{row}\n", "warnings")
    assert found == f"email,firstName,lastName,Import Warning Reason\n{printed}\n"


@pytest.mark.parametrize(
    "address",
    [
        "abcds",
        "a@",
        "@b.co",
        "a@b",
        "a b@c.co",
        "a@b..co",
        ".a@b.co",
        "a@-b.co",
        "zoë@example.com",
        "a@b.co,c@d.co",
        "<a@b.co>",
    ],
)
def test_addresses_that_are_warned_about(server: Server, address: str) -> None:
    """§4.4, §7.3, Q37: the row is imported, the address stored as it is."""
    found = list(csv.reader(io.StringIO(file_of(server, f'email\n"{address}"\n', "warnings"))))
    assert found == [["email", "Import Warning Reason"], [address, "Invalid email address"]]
    if "," not in address:
        assert server.lead("email", address, "email")[0]["email"] == address


@pytest.mark.parametrize(
    "address", ["a@b.co", "first.last+tag@sub.example.org", "o'neil@example.com", "A1_%@x-y.info"]
)
def test_addresses_that_are_not(server: Server, address: str) -> None:
    """§4.4."""
    status = server.run_import(f"email\n{address}\n")
    assert (status["numOfLeadsProcessed"], status["numOfRowsWithWarning"]) == (1, 0)


def test_a_blank_key_keeps_its_column(server: Server) -> None:
    """§7.2, Q13: the original drops it; here lines stay whole, so clients can match them back."""
    found = file_of(server, "firstName,lastName,phone,email\nA,B,1,\nC,D,2,NULL\n,,,NULL\n")
    reason = "Value for lookup field 'email' not found"
    assert found == (
        "firstName,lastName,phone,email,Import Failure Reason\n"
        f"A,B,1,,{reason}\nC,D,2,NULL,{reason}\n,,,NULL,{reason}\n"
    )


def test_an_open_quote_takes_the_rest_of_the_file(server: Server) -> None:
    """§3.3: one failed row; rows before it are imported; the file still parses."""
    found = file_of(server, 'email,lastName\nfine@example.com,A\nbad@example.com,"open\nrest@example.com,B\n')
    lines = list(csv.reader(io.StringIO(found)))
    assert lines[0] == ["email", "lastName", "Import Failure Reason"]
    assert len(lines) == 2
    assert lines[1][-1] == "Invalid row format"
    assert len(server.lead("email", "fine@example.com,rest@example.com", "id")) == 1


def test_a_row_stands_in_one_file_only(server: Server) -> None:
    """§2.5: failed and warned rows apart, each in file order, over several thousand rows."""
    rows = [f"warn {n},1\nfail{n}@example.com,x\nfine{n}@example.com,1" for n in range(2000)]
    batch_id = server.submit("email,leadScore\n" + "\n".join(rows) + "\n")
    status = server.finish(batch_id)
    counters = [status[name] for name in ("numOfLeadsProcessed", "numOfRowsFailed", "numOfRowsWithWarning")]
    assert counters == [4000, 2000, 2000]
    failed = [line.split(",")[0] for line in server.failures(batch_id).text.splitlines()[1:]]
    warned = [line.split(",")[0] for line in server.warnings(batch_id).text.splitlines()[1:]]
    assert failed == [f"fail{n}@example.com" for n in range(2000)]
    assert warned == [f"warn {n}" for n in range(2000)]


def test_files_of_utf_16_uploads_are_utf_8(server: Server) -> None:
    """§7.2: no mark, one encoding."""
    batch_id = server.submit("email,leadScore,lastName\nu@example.com,x,Zoë\n".encode("utf-16"))
    server.finish(batch_id)
    expected = f"email,leadScore,lastName,Import Failure Reason\nu@example.com,x,Zoë,{BAD_SCORE}\n"
    assert server.failures(batch_id).content == expected.encode()


def test_token_faults_are_json(server: Server) -> None:
    """§7.1: HTTP 200 with the envelope, not 404, whether the job exists or not."""
    reader = server.new_token("reader", "reader-secret")
    for path in ("/bulk/v1/leads/batch/1/failures.json", "/bulk/v1/leads/batch/1/warnings.json"):
        for token, code in (("", "600"), ("nonsense", "601"), (reader, "603")):
            assert error_of(server.call("GET", path, token))[0] == code
