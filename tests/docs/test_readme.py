"""The README's walk-through, executed word for word against a running demo."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import leadline
from tests.docs.demo import ROOT, Demo, run
from tests.docs.visitor import Visitor
from tests.processes import LEADLINE

README = (ROOT / "README.md").read_text("utf-8")


def block(language: str) -> str:
    """Return the README's code block of a language."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert len(found) == 1, f"the README has one {language} block"
    return str(found[0])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo"))
    yield demo
    demo.stop()


def test_the_demo_shows_outcome_failures_and_warnings(demo: Demo) -> None:
    assert (
        "Complete: Import completed with errors, 336 records imported (336 members), 4 failed, 3 warnings."
        in demo.text
    )
    assert "Invalid data type in field Lead Score" in demo.text
    assert "Invalid email address" in demo.text


def test_the_demo_keeps_credentials_to_itself(demo: Demo) -> None:
    assert (demo.folder / "leadline-demo" / "credentials.json").stat().st_mode & 0o777 == 0o600


def test_nobody_else_serves_its_store(demo: Demo) -> None:
    """Neither a second demo, which would have its credentials, nor a server."""
    for words in (["demo"], ["serve", "--data", "leadline-demo"]):
        second = leadline(*words, "--port", "0", cwd=demo.folder)
        assert (second.returncode, second.stdout) == (1, "")
        assert f"in use by another server, process {demo.process.pid}." in second.stderr


def test_the_walk_through_in_a_browser(demo: Demo) -> None:
    address, client_id = re.findall(r"In a browser: (\S+)/console, with client id (\S+) and", demo.text)[0]
    assert address == demo.address
    visitor = Visitor(address, README)
    secret = re.findall(r"client_secret: (\S+)", demo.text)[-1]
    visitor.press("Log in", client_id=client_id, client_secret=secret)
    assert "Complete, 4 failed" in visitor.text
    visitor.follow("1001")
    assert "Invalid data type in field Lead Score" in visitor.text
    visitor.follow("Undo")
    visitor.press("Show what would come back")
    visitor.wait_for("The people of 336 rows will be deleted")
    visitor.press("Take back what nobody changed since", deleted="336")
    visitor.wait_for("Undo completed, 336 deleted")
    visitor.follow("Import")
    visitor.press("Look at its columns", demo.folder / "examples" / "leads.csv")
    visitor.press("See what would happen")
    visitor.wait_for("Created 333 rows Updated 3 rows Unchanged 0 rows Failed 4 rows")
    visitor.press("Import it as shown")
    visitor.wait_for("336 records imported (336 members), 4 failed, 3 warnings")
    visitor.close()


def test_the_second_command(demo: Demo) -> None:
    """A push exits with 1 where rows have failed."""
    (command,) = re.findall(r"^\.venv/bin/leadline (push .*)$", README, re.MULTILINE)
    words = command.replace("http://127.0.0.1:8080", demo.address)
    output = run(demo, "bash", "-c", f"{LEADLINE} {words} || test $? = 1")
    (promised,) = re.findall(r"```\n(rows .*?)```", README, re.DOTALL)
    assert output.startswith(promised)
    failed = (demo.folder / "examples/crm.csv.push/failures.csv").read_text("utf-8").splitlines()[1:]
    assert failed == [
        "3,emmy@example.com,Emmy,Noether,,seventy,23.03.1982,Invalid data type in field Lead Score,seventy,Lead Score"
    ]


def test_a_demo_without_a_console_names_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_SERVER__CONSOLE", "false")
    demo = Demo(tmp_path / "demo")
    assert demo.stop() == 0
    assert "/console" not in demo.text


def test_the_curl_walk_through(demo: Demo) -> None:
    script = block("bash").replace("http://127.0.0.1:8080", demo.address)
    output = run(demo, "bash", "-euo", "pipefail", "-c", script)
    assert "Import completed with errors, 2 records imported (2 members), 1 failed, 1 warning." in output
    promised = re.findall(r"```\n(firstName.*?)```", README, re.DOTALL)[0]
    assert promised in output
    assert "Alan,Turing,alan-at-example.com,88,Invalid email address\n" in output
    assert '"email":"ada@example.com","firstName":"Ada","leadScore":95' in output
    changes = re.findall(r"```\n(row,id,key.*?)```", README, re.DOTALL)[0]
    assert re.search(changes.replace("ID", r"\d+"), output)
    assert "Import succeeded, 1 records imported (1 members)" in output
    assert "Undo completed, 1 taken back" in output
    assert re.search(r'"field":"leadScore","old":99,"new":95,"source":{"kind":"undo"', output)
    assert re.search(
        r'"old":95,"new":99,"source":{"kind":"import".*?"fileName":"changes.csv".*?"undone":true', output
    )
    assert re.search(
        r"row,outcome,id,reason\n1,created,\d+,\n2,failed,,Invalid data type in field Lead Score\n", output
    )


def test_the_loop_ends_for_a_job_that_has_failed(demo: Demo) -> None:
    """A file in no encoding that there is fails as a whole."""
    script = block("bash").replace("http://127.0.0.1:8080", demo.address)
    token, loop = script.partition("# a file with")[0], re.findall(r"^until .+$", script, re.MULTILINE)[0]
    post = 'printf "email\\n\\377\\201@example.com\\n" > bad.csv; BATCH=$(curl -s -H "Authorization: Bearer $TOKEN" '
    post += '-F file=@bad.csv "$BASE/bulk/v1/leads.json" | sed \'s/.*"batchId":\\([0-9]*\\).*/\\1/\')\n'
    output = run(demo, "bash", "-euo", "pipefail", "-c", f"{token}{post}{loop}\ncat status.json")
    assert '"status":"Failed"' in output


def test_the_python_walk_through(demo: Demo) -> None:
    (demo.folder / "walkthrough.csv").write_text(
        "firstName,lastName,email,leadScore\nAda,Lovelace,ada@example.com,95\n"
    )
    script = block("python").replace("http://127.0.0.1:8080", demo.address)
    output = run(demo, sys.executable, "-W", "ignore", "-c", script)
    assert "Import succeeded, 1 records imported (1 members)" in output
    assert "'leadScore': 95" in output


def test_the_demo_runs_again_with_the_same_credentials(tmp_path: Path) -> None:
    first = Demo(tmp_path / "demo")
    assert first.stop() == 0
    secret = re.findall(r"client_secret: (\S+)", first.text)[-1]
    shutil.rmtree(tmp_path / "demo" / "examples")
    second = Demo(tmp_path / "demo")
    assert second.stop() == 0
    assert f"client_secret: {secret}" in second.text
    assert "336 records imported" in second.text


def test_make_names_what_exists() -> None:
    """Its links are checked in test_links.py."""
    targets = re.findall(r"^make (\w+)", README, re.MULTILINE)
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target
