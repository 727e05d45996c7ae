"""Where to push and as whom: what is taken, and each refusal as a sentence."""

import json
from pathlib import Path

import pytest

from leadline.client.calls.login import address_of, find_login
from leadline.client.errors import Exit, PushError

ENVIRONMENT = {
    "LEADLINE_URL": "https://marketo.example.com/",
    "LEADLINE_CLIENT_ID": "id",
    "LEADLINE_CLIENT_SECRET": "s3cret",
}


@pytest.mark.parametrize(
    ("to", "address"),
    [
        ("123-ABC-456", "https://123-abc-456.mktorest.com"),
        ("https://123-abc-456.mktorest.com/rest", "https://123-abc-456.mktorest.com"),
        ("https://123-abc-456.mktorest.com/identity/", "https://123-abc-456.mktorest.com"),
        ("https://host/marketo/rest/v1/leads.json", "https://host/marketo"),
        ("https://host/identity/oauth/token", "https://host"),
        (" https://host:8443/marketo/ ", "https://host:8443/marketo"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_an_address_is_a_url_or_a_munchkin_id(to: str, address: str) -> None:
    assert address_of(to) == address


@pytest.mark.parametrize(
    "to",
    [
        "",
        "host",
        "ftp://host",
        "https://",
        "https://host:99999",
        "https://u:p@host",
        "https://h?a=b",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(PushError) as refused:
        address_of(to)
    assert refused.value.exit_code is Exit.USAGE


def test_a_secret_goes_in_plain_text_only_where_that_is_allowed() -> None:
    with pytest.raises(PushError, match="--allow-plain-http"):
        address_of("http://marketo.example.com")
    assert address_of("http://marketo.example.com", allow_plain_http=True) == "http://marketo.example.com"


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(PushError) as refused:
        find_login(environment={})
    assert len(refused.value.sentences) == 3


def test_the_option_stands_over_the_file_and_that_over_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text('# ours\nexport LEADLINE_CLIENT_ID="other"\n\nLEADLINE_URL=https://file.example.com\n')
    file.chmod(0o600)
    found = find_login(None, file, ENVIRONMENT)
    assert (found.address, found.client_id, found.client_secret) == (
        "https://file.example.com",
        "other",
        "s3cret",
    )
    assert find_login("https://to.example.com", file, ENVIRONMENT).address == "https://to.example.com"
    assert "s3cret" not in repr(found)


def test_the_file_of_a_sandbox_is_one_of_credentials(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    told = {"url": "http://127.0.0.1:1", "clientId": "i", "clientSecret": "s", "pid": 7}
    file.write_text(json.dumps(told))
    file.chmod(0o600)
    found = find_login(None, file, {})
    assert (found.address, found.client_id, found.client_secret) == ("http://127.0.0.1:1", "i", "s")


def test_the_file_of_a_set_up_is_one_of_credentials_where_it_has_one(tmp_path: Path) -> None:
    """`leadline setup` and `leadline credentials` write a line for each."""
    line = {"munchkin_id": "123-ABC-456", "name": "ci", "client_id": "i", "client_secret": "s"}
    file = tmp_path / "client-secrets.jsonl"
    file.write_text(f"{json.dumps(line)}\n")
    file.chmod(0o600)
    found = find_login(None, file, ENVIRONMENT)
    assert (found.client_id, found.client_secret) == ("i", "s")
    file.write_text(f"{json.dumps(line)}\n{json.dumps(line | {'name': 'other'})}\n")
    with pytest.raises(PushError, match="are several, one on each line: put the line of one into a file"):
        find_login(None, file, ENVIRONMENT)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_credentials_that_others_may_read_are_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "credentials"
    file.write_text("LEADLINE_CLIENT_ID=x\n")
    file.chmod(mode)
    with pytest.raises(PushError, match="chmod 600"):
        find_login(None, file, ENVIRONMENT)


@pytest.mark.parametrize("content", [b"", b"{", b'{"a":' + b"[" * 100_000, b"hello", b"\xff\xfe", b"A=1\n"])
def test_credentials_that_are_none_are_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "credentials"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(PushError, match=r"The credentials .*\."):
        find_login(None, file, ENVIRONMENT)
    with pytest.raises(PushError, match="cannot be read"):
        find_login(None, tmp_path / "nothing", ENVIRONMENT)
