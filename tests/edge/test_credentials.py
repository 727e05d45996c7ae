"""`leadline credentials` beside a running server: who gets in, and what the commands say."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import leadline
from tests.harness import Server, running, subscription

OF = ("--subscription", "123-ABC-456")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An API alone."""
    yield from running(tmp_path_factory.mktemp("operated") / "data", subscription(), workers=0)


def credentials(server: Server, *words: object, code: int = 0) -> str:
    """Run the command on the server's store; return what it prints."""
    done = leadline("credentials", *words, *OF, "--data", server.data, cwd=server.data.parent)
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    return done.stderr if code else done.stdout


def told(file: Path) -> dict[str, str]:
    """Return what a file of one secret says."""
    found: dict[str, str] = json.loads(file.read_text())
    return found


def token_of(server: Server, secret: dict[str, str]) -> str | None:
    """Return the token that a secret buys, None where it is refused."""
    params = {"grant_type": "client_credentials"} | {
        key: secret[key] for key in ("client_id", "client_secret")
    }
    answer = server.http.get(f"{server.address}/identity/oauth/token", params=params)
    return answer.json()["access_token"] if answer.status_code == 200 else None


def code_of(server: Server, token: str | None, path: str = "/rest/v1/leads/describe.json") -> str:
    """Return the error code of a call, "" for a success."""
    answer = server.call("GET", path, token).json()
    return "" if answer["success"] else str(answer["errors"][0]["code"])


def test_the_life_of_a_credential(server: Server, tmp_path: Path) -> None:
    """Added, rotated with an overlap and without, removed: the server knows it with the next call."""
    files = [tmp_path / f"secret-{number}" for number in range(3)]
    add = ("add", "ci", "--permission", "Read-Only Lead", "--partition", "europe", "--secret-file", files[0])
    assert credentials(server, *add).splitlines() == [
        "credential ci added",
        f"credential ci: client id and secret are in {files[0]}",
    ]
    first = told(files[0])
    assert first.keys() == {"munchkin_id", "name", "client_id", "client_secret"}
    tokens = [token_of(server, first)]
    assert code_of(server, tokens[0]) == ""
    assert code_of(server, tokens[0], "/rest/v1/customobjects.json") == "603"
    printed = credentials(server, "rotate", "ci", "--keep", "0.5", "--secret-file", files[1])
    assert "holds until" in printed
    tokens.append(token_of(server, told(files[1])))
    assert token_of(server, first) == tokens[0]
    assert [code_of(server, each) for each in tokens] == ["", ""]
    (listed,) = [each for each in json.loads(credentials(server, "list", "--json")) if each["name"] == "ci"]
    assert [each["ends_at"] is None for each in listed.pop("secrets")] == [False, True]
    assert listed == {
        "name": "ci",
        "client_id": first["client_id"],
        "user": "ci",
        "permissions": ["Read-Only Lead"],
        "partitions": ["Europe"],
    }
    printed = credentials(server, "end-overlap", "ci")
    assert (printed.count("has ended"), printed.count("\n")) == (1, 1)
    assert [code_of(server, each) for each in tokens] == ["601", ""]
    printed = credentials(server, "rotate", "ci", "--secret-file", files[2])
    assert printed.count("has ended") == 1
    assert [code_of(server, each) for each in tokens] == ["601", "601"]
    assert [token_of(server, told(each)) is None for each in files] == [True, True, False]
    last = token_of(server, told(files[2]))
    assert credentials(server, "remove", "ci").startswith("credential ci removed")
    assert (code_of(server, last), token_of(server, told(files[2]))) == ("601", None)


def test_the_list_is_a_table(server: Server, tmp_path: Path) -> None:
    """A line for each permission, partition and secret, whichever has the most; never a secret or its hash."""
    add = (
        "add",
        "reader",
        "--permission",
        "Read-Only Lead",
        "--permission",
        "Read-Only Assets",
        "--user",
        "r@x.y",
    )
    credentials(server, *add, "--secret-file", tmp_path / "s")
    printed = credentials(server, "list")
    header, first, second, tests = printed.splitlines()
    assert header.split() == [
        "NAME",
        "CLIENT",
        "ID",
        "USER",
        "PERMISSIONS",
        "PARTITIONS",
        "SECRET",
        "MADE",
        "ENDS",
    ]
    assert first.split()[:1] + first.split()[2:6] == ["reader", "r@x.y", "Read-Only", "Lead", "all"]
    assert second.split() == ["Read-Only", "Assets"]
    assert second.index("Read-Only") == first.index("Read-Only") == header.index("PERMISSIONS")
    assert tests.split()[:5] == ["tests", "tests", "tests@example.com", "all", "all"]
    assert not any(word in printed for word in ("sha256", "scrypt", told(tmp_path / "s")["client_secret"]))
    credentials(server, "remove", "reader")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["add", "x"], 2, "--permission: give at least one of Read-Only Lead, Read-Write Lead, "),
        (
            ["add", "x", "--permission", "read-write led"],
            2,
            "--permission: 'read-write led' is no permission; the nearest is 'Read-Write Lead'",
        ),
        (["add", "a\nb", "--permission", "all"], 2, "NAME: must not hold control characters"),
        (["add", "x" * 300, "--permission", "all"], 2, "NAME: String should have at most 255 characters"),
        (["add", "x\udcff", "--permission", "all"], 2, "Invalid value for 'NAME': is no text in UTF-8"),
        (["add", "x", "--permission", "all", "--user", " "], 2, "--user: "),
        (["add", "TESTS", "--permission", "all"], 1, "has a credential 'tests' already"),
        (
            ["add", "x", "--permission", "all", "--partition", "Asia"],
            1,
            "no partition 'Asia'; the nearest is '",
        ),
        (["rotate", "test"], 1, "no credential 'test'; the nearest is 'tests'"),
        (["end-overlap", "tests"], 1, "'tests' is in no overlap"),
        (["end-overlap", "test"], 1, "no credential 'test'; the nearest is 'tests'"),
        (["remove", "x" * 5000], 1, "x...'; the nearest is 'tests'"),
        (["rotate", "tests", "--keep", "-1"], 2, "give hours from 0 to 8760"),
        (["rotate", "tests", "--keep", "nan"], 2, "give hours from 0 to 8760"),
        (["rotate", "tests", "--keep", "1e9"], 2, "give hours from 0 to 8760"),
        (["rotate", "tests", "--keep", "soon"], 2, "'soon' is not a valid float"),
        (["revoke", "tests"], 2, "No such command 'revoke'"),
    ],
)
def test_what_cannot_be_is_one_sentence(server: Server, words: list[str], code: int, sentence: str) -> None:
    """Nothing is changed by it."""
    before = credentials(server, "list", "--json")
    said = credentials(server, *words, code=code)
    assert sentence in said
    assert said.count("\n") == 1
    assert credentials(server, "list", "--json") == before


def test_the_last_one_can_be_removed(tmp_path: Path) -> None:
    """It is said that nobody gets in any more; who is added then does."""
    where = (*OF, "--data", tmp_path / "data")
    file = tmp_path / "s.yaml"
    file.write_text("munchkin_id: 123-ABC-456\ncredentials: [{name: a, user: a, permissions: all}]\n")
    assert leadline("setup", file, "--data", tmp_path / "data", cwd=tmp_path).returncode == 0
    removed = leadline("credentials", "remove", "a", *where)
    assert removed.stdout.endswith(
        "Nobody can call 123-ABC-456 any more, until `leadline credentials add` lets somebody in.\n"
    )
    assert leadline("credentials", "list", *where).stdout == "Subscription 123-ABC-456 has no credential.\n"
    assert leadline("credentials", "list", "--json", *where).stdout == "[]\n"
    assert leadline("credentials", "add", "b", "--permission", "all", *where).returncode == 0


def test_a_mistyped_place_is_not_made(tmp_path: Path) -> None:
    done = leadline("credentials", "list", *OF, "--data", "nowhere", cwd=tmp_path)
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert done.stderr.startswith("leadline: nowhere holds no store. ")
