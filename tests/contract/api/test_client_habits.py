"""`marketorestpython`, unmodified: long lists, new tokens, refusals and files, as its users meet them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marketorestpython.client import MarketoClient

from tests.forms import only_long
from tests.harness import CLIENT_ID, CLIENT_SECRET, Server, running, subscription, until

pytestmark = [
    only_long("postgres", "given"),
    pytest.mark.filterwarnings(  # the client never closes the file that it uploads
        "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]


def client_of(server: Server, secret: str = CLIENT_SECRET) -> MarketoClient:
    client = MarketoClient("123-ABC-456", CLIENT_ID, secret, max_retry_time=1, requests_timeout=20)
    client.host = server.address
    return client


def upload(client: MarketoClient, file: Path, content: str, **options: Any) -> int:
    file.write_text(content, "utf-8")
    (created,) = client.execute(method="import_lead", file=str(file), format="csv", **options)
    return int(created["batchId"])


def test_a_list_of_several_pages(server: Server, tmp_path: Path) -> None:
    """§9.2, §9.5: the client follows nextPageToken to the end and no further."""
    client = client_of(server)
    rows = "".join(f"page{n}@example.com\n" for n in range(650))
    batch_id = upload(client, tmp_path / "leads.csv", "email\n" + rows, listId=1001)
    assert server.finish(batch_id)["numOfLeadsProcessed"] == 650
    members = client.execute(method="get_multiple_leads_by_list_id", listId="1001", fields=["email"])
    assert len({member["email"] for member in members}) == len(members) == 650
    pages = list(client.get_multiple_leads_by_list_id_yield(listId="1001", fields=["email"], batchSize=200))
    assert [len(page) for page in pages] == [200, 200, 200, 50]


def test_three_hundred_values_in_a_filter(server: Server, tmp_path: Path) -> None:
    """§0.6: the client posts them as an urlencoded body."""
    client = client_of(server)
    addresses = [f"filter-{'x' * 40}-{n}@example.com" for n in range(300)]
    server.finish(upload(client, tmp_path / "leads.csv", "email\n" + "\n".join(addresses)))
    found = client.execute(
        method="get_multiple_leads_by_filter_type",
        filterType="email",
        filterValues=addresses,
        fields=["email"],
    )
    assert [lead["email"] for lead in found] == addresses


def test_a_job_with_nothing_to_report(server: Server, tmp_path: Path) -> None:
    """§7.1: the client hands out the 404's sentence as text and does not choke on it."""
    client = client_of(server)
    batch_id = upload(client, tmp_path / "leads.csv", "email\nquiet@example.com\n")
    server.finish(batch_id)
    for method in ("get_import_failure_file", "get_import_warning_file"):
        assert "quiet@example.com" not in client.execute(method=method, id=batch_id)


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        ("", {}, "1003"),
        ("email,nonsense\n", {}, "1006"),
        ("email\n", {"lookupField": "firstName"}, "1011"),
        ("email\n", {"listId": 77}, "1013"),
        ("email\n", {"partitionName": "Nowhere"}, "1008"),
    ],
)
def test_refusals_become_exceptions(
    server: Server, tmp_path: Path, content: str, options: dict[str, Any], code: str
) -> None:
    """§0.3, §4.2: the client raises with code and message."""
    with pytest.raises(Exception, match=code):
        upload(client_of(server), tmp_path / "leads.csv", content, **options)


def test_wrong_secret(server: Server) -> None:
    """§1: the client tells the description."""
    with pytest.raises(Exception, match="Bad client credentials"):
        client_of(server, "wrong").execute(method="describe")


@pytest.fixture(scope="module")
def brief(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose tokens live for two seconds; nobody works."""
    env = {"LEADLINE_LIMITS__TOKEN_SECONDS": "2"}
    yield from running(tmp_path_factory.mktemp("brief") / "data", subscription(), workers=0, env=env)


def test_the_client_goes_on_when_its_token_has_expired(brief: Server) -> None:
    """§1: it asks anew and is given another token."""
    client = client_of(brief)
    assert client.execute(method="get_lead_partitions")[0]["name"] == "Default"
    first = client.token

    def has_another() -> bool:
        assert client.execute(method="get_lead_partitions")[0]["name"] == "Default"
        return bool(client.token != first)

    until(has_another)
