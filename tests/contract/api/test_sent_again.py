"""§7.2: a failure or warning file can be sent again as it came; what is wrong is said again."""

import csv
import io

import pytest

from tests.contract.api.world import MEMBERS, bulk, finished
from tests.forms import repeats
from tests.harness import Server

pytestmark = repeats("postgres", "given")

REASON = "Import Failure Reason"
ROWS = [
    ["email", "lastName", "leadScore"],
    ["x1@example.com", "=1+1", "ten"],
    ["x2@example.com", '"say ""hi"""', "@SUM(A1)"],
    ["x3@example.com", '"a\nb"', "-x"],
    ["", "NULL", "1"],
    ["NULL", '"a, b; c\td"', ""],
    ["x4@example.com", " spaces ", '" +"'],
]


def failures(server: Server, content: str, file_format: str, kind: str) -> str:
    """Import a file as leads or members; return its failure file."""
    create, batches = {
        "lead": ("/bulk/v1/leads.json", "/bulk/v1/leads/batch"),
        "member": ("/bulk/v1/program/1001/members/import.json", MEMBERS),
    }[kind]
    body = bulk(server, create, content, format=file_format, programMemberStatus="Invited")
    assert body["success"], body
    batch = f"{batches}/{body['result'][0]['batchId']}"
    finished(server, f"{batch}/status.json")
    return server.call("GET", f"{batch}/failures.json").content.decode()


@pytest.mark.parametrize("kind", ["lead", "member"])
@pytest.mark.parametrize(("file_format", "d"), [("csv", ","), ("tsv", "\t"), ("ssv", ";")])
def test_the_same_rows_fail_for_the_same_reasons(world: Server, file_format: str, d: str, kind: str) -> None:
    """The reason column is no field and no fault; each file has one more of them, the last is the new one."""
    file = "".join(d.join(row) + "\n" for row in ROWS)
    generations = []
    for _ in range(3):
        file = failures(world, file, file_format, kind)
        generations.append(list(csv.reader(io.StringIO(file, newline=""), delimiter=d)))
    first, second, third = generations
    assert first[0] == ["email", "lastName", "leadScore", REASON]
    assert len(first) == len(ROWS)
    assert second == [[*row, row[-1]] for row in first]
    assert third == [[*row, row[-1]] for row in second]


def test_a_mended_row_is_imported(world: Server) -> None:
    """What a client does with a failure file: mend the cells, leave the reason."""
    file = failures(world, "email,leadScore\nmended@example.com,ten\n", "csv", "lead")
    status = world.run_import(file.replace("ten", "10"))
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (1, 0)
    assert world.lead("email", "mended@example.com", "leadScore")[0]["leadScore"] == 10


def test_a_warning_file_too(world: Server) -> None:
    batch_id = world.submit("email,lastName\nno address,A\n")
    world.finish(batch_id)
    again = world.submit(world.warnings(batch_id).content)
    world.finish(again)
    assert world.warnings(again).text == (
        "email,lastName,Import Warning Reason,Import Warning Reason\n"
        "no address,A,Invalid email address,Invalid email address\n"
    )


def test_an_unreadable_row_makes_nobody(world: Server) -> None:
    """§3.3: its text stands beside the key, so it fails again, as a row without a key."""
    file = failures(world, 'email,lastName\nopen@example.com,"A\nB\n', "csv", "lead")
    assert file == (f'email,lastName,{REASON}\n,"open@example.com,""A\nB",Invalid row format\n')
    again = failures(world, file, "csv", "lead")
    assert again.endswith(",Invalid row format,Value for lookup field 'email' not found\n")


def test_a_header_that_never_closes(world: Server) -> None:
    """§3.4: refused for all kinds, since the whole file would be its last column's name."""
    expected = [{"code": "1003", "message": "Quote still open in header"}]
    assert world.post_file('email,"lastName\na@example.com,A\n').json()["errors"] == expected
    body = bulk(world, "/bulk/v1/customobjects/car_c/import.json", 'vin,"color\nv1,red\n')
    assert body["errors"] == expected
