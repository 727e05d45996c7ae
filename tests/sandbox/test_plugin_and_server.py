"""The pytest plugin and the sandbox that it starts, is told of, or loses."""

import os
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from leadline.testing.control import ControlError, is_address
from leadline.testing.server import Server
from tests.sandbox.pytest_runs import load_few_plugins
from tests.sandbox.server import SandboxProcess
from tests.server import DEADLINE_SECONDS, until

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    load_few_plugins(monkeypatch)


def test_a_sandbox_of_its_own(pytester: pytest.Pytester) -> None:
    """Without an address pytest starts one, which ends with it."""
    pytester.makepyfile(
        test_theirs="""
        import leadline.testing
        from pathlib import Path


        def test_fixture(leadline, leadline_server):
            assert leadline.leads() == []
            Path("pid").write_text(str(leadline_server.pid))


        def test_block():
            with leadline.testing.sandbox(seed={"leads": [{"email": "ada@example.com"}]}) as sb:
                other = sb.server.subscription()
                assert len(sb.leads()) == 1 and other.leads() == []
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)
    assert not Path(f"/proc/{(pytester.path / 'pid').read_text()}").exists()


@pytest.mark.parametrize(
    ("url", "word"), [("http://127.0.0.1:9", "No sandbox answers"), ("{url}/rest", "is no sandbox")]
)
def test_an_address_without_a_sandbox(
    pytester: pytest.Pytester, sandbox: SandboxProcess, url: str, word: str
) -> None:
    pytester.makepyfile(test_theirs="def test_it(leadline):\n    pass")
    result = pytester.runpytest_subprocess(f"--leadline-url={url.format(url=sandbox.url)}")
    result.assert_outcomes(errors=1)
    assert word in result.stdout.str()


def test_the_standard_library_is_all_it_needs() -> None:
    """It runs in the process of other people's tests: nothing of the server comes with it."""
    script = "import sys; before = set(sys.modules); import leadline.testing; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    tops = {name.split(".")[0] for name in loaded} - {"leadline"}
    assert tops <= sys.stdlib_module_names
    assert all(
        re.match(r"leadline(\.testing(\..+)?)?$", name) for name in loaded if name.startswith("leadline")
    )


def test_a_sandbox_that_dies(pytester: pytest.Pytester) -> None:
    """Who loses the sandbox in the middle of a call is told so, as is who calls it afterwards."""
    pytester.makepyfile(
        test_theirs="""
        import os
        import signal


        def test_first(leadline, leadline_server):
            os.kill(leadline_server.pid, signal.SIGKILL)
            while leadline.calls is not None:
                pass


        def test_second(leadline):
            pass
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.assert_outcomes(failed=1, errors=2)
    lines = [
        line for line in result.outlines if re.match(r"E +\w+(\.\w+)*(Error|Disconnected|Refused)", line)
    ]
    told = [line for line in lines if "ControlError: No sandbox answers at http://127.0.0.1:" in line]
    assert len(told) == 3, lines


def test_an_address_that_is_none(pytester: pytest.Pytester) -> None:
    wrong = ["127.0.0.1:8089", "http://a b/", "http://127.0.0.1:port", "ftp://127.0.0.1", "http://", "x"]
    assert [url for url in (*wrong, "http://[::1]:8089/") if is_address(url)] == ["http://[::1]:8089/"]
    result = pytester.runpytest_subprocess(f"--leadline-url={wrong[0]}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "'127.0.0.1:8089' is no address" in result.stderr.str()


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"3", b"\xff", b'{"id": 1}'])
def test_an_address_of_something_else(answer: bytes) -> None:
    """What answers there is taken for no sandbox, be it with 200."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(ControlError, match="is no sandbox"):
            Server(f"http://127.0.0.1:{server.server_port}").subscription()
        server.shutdown()


def test_ctrl_c_ends_all_without_a_word_more(pytester: pytest.Pytester) -> None:
    """A terminal sends it to every process of its own; the sandbox ends when pytest is done with it."""
    pytester.makepyfile(
        test_theirs="""
        from pathlib import Path
        from threading import Event


        def test_it(leadline, leadline_server):
            Path("draft").write_text(str(leadline_server.pid))
            Path("draft").rename("pid")
            for _ in range(600):  # a signal that comes just before a wait is seen after it
                Event().wait(0.1)
        """
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    theirs = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    pid = pytester.path / "pid"
    until(pid.exists)
    os.killpg(theirs.pid, signal.SIGINT)
    said, _ = theirs.communicate(timeout=DEADLINE_SECONDS)
    assert theirs.returncode == pytest.ExitCode.INTERRUPTED, said
    assert "KeyboardInterrupt" in said
    assert "ControlError" not in said
    assert not Path(f"/proc/{pid.read_text()}").exists()
