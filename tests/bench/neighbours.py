"""The servers that others have for the tests of other clouds: moto's for AWS, Azurite for Azure's blobs.

They do what comes nearest to a sandbox: a bucket or container for a subscription, an object of the same lines
for the import of a file. `make bench` installs them where registries have them.
"""

import base64
import hmac
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from tests.bench.timing import STARTS, TIMES, Figures, memory_mb, timed
from tests.server import until

_HOST = "127.0.0.1"
_FOLDER = Path(".venv-bench")


@dataclass(frozen=True)
class Neighbour:
    """A server of others: `command` starts it on a port; `use` makes, stores and empties, timing each."""

    name: str
    program: Path
    command: Callable[[str, int], Sequence[str]]
    url: str
    headers: dict[str, str]
    params: dict[str, str]
    use: Callable[[httpx.Client, Figures, int, str], Sequence[httpx.Response]]

    def measure(self, file: str) -> Figures:
        """Start it, use it and stop it, some times; `file` has a place for a number.

        There are no figures of one that is not installed.
        """
        if not self.program.exists():
            return {}
        figures: Figures = {}
        for start in range(STARTS):
            with socket.create_server((_HOST, 0)) as free:
                port = free.getsockname()[1]
            command = self.command(str(self.program), port)
            with httpx.Client(
                base_url=self.url.format(port), headers=self.headers, params=self.params, timeout=60.0
            ) as http:
                with timed(figures, "ready"):
                    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    until(partial(_answers, http))
                for number in range(TIMES // STARTS):
                    answers = self.use(http, figures, start * TIMES + number, file.format(number))
                    assert all(each.is_success for each in answers), [each.text for each in answers]
            figures.setdefault("memory", []).append(memory_mb(process.pid))
            with timed(figures, "stop"):
                process.send_signal(signal.SIGTERM)
                process.wait()
        return figures


def _answers(http: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return http.get("").status_code < 500
    return False


def _use_moto(http: httpx.Client, figures: Figures, number: int, file: str) -> Sequence[httpx.Response]:
    with timed(figures, "made"):
        made = http.put("/bucket")
    with timed(figures, "stored"):
        stored = http.put("/bucket/key", content=file)
    with timed(figures, "reset"):
        emptied = http.post("/moto-api/reset")
    return made, stored, emptied


def _use_azurite(http: httpx.Client, figures: Figures, number: int, file: str) -> Sequence[httpx.Response]:
    container, blob = f"/container{number}", {"x-ms-blob-type": "BlockBlob"}
    with timed(figures, "made"):
        made = http.put(container, params={"restype": "container"})
    with timed(figures, "stored"):
        stored = http.put(f"{container}/key", content=file, headers=blob)
    with timed(figures, "reset"):
        emptied = http.delete(container, params={"restype": "container"})
    return made, stored, emptied


def _signature_of_aws() -> str:
    """Return what tells moto for which service a call is; it checks no more."""
    scope = "AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def _signature_of_azure() -> dict[str, str]:
    """Return the query of a call that may do everything for the account that everybody knows."""
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    said = {"sp": "rwdlac", "ss": "b", "srt": "sco", "st": "", "se": "2099-01-01T00:00:00Z"}
    said |= {"sip": "", "spr": "http,https", "sv": "2023-11-03", "ses": ""}
    text = "\n".join((_ACCOUNT, *said.values(), ""))
    digest = hmac.digest(base64.b64decode(key), text.encode(), "sha256")
    return {name: value for name, value in said.items() if value} | {"sig": base64.b64encode(digest).decode()}


_ACCOUNT = "devstoreaccount1"
NEIGHBOURS = (
    Neighbour(
        "moto's server",
        _FOLDER / "bin/moto_server",
        lambda program, port: (program, "-H", _HOST, "-p", str(port)),
        f"http://{_HOST}:{{}}",
        {"Authorization": _signature_of_aws()},
        {},
        _use_moto,
    ),
    Neighbour(
        "Azurite",
        _FOLDER / "azurite/node_modules/azurite/dist/src/blob/main.js",
        lambda program, port: (
            shutil.which("node") or "node",
            program,
            "--blobPort",
            str(port),
            "--inMemoryPersistence",
            "--silent",
            "--disableTelemetry",
        ),
        f"http://{_HOST}:{{}}/{_ACCOUNT}",
        {},
        _signature_of_azure(),
        _use_azurite,
    ),
)
