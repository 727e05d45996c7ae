"""Whoever reads the log may stop reading: the server goes on (P7)."""

import json
import subprocess
from pathlib import Path

import httpx

from tests.harness import LEADLINE, UNLIMITED

CALLS = 1_000
"""Some three pipes full of lines."""


def test_a_log_that_nobody_reads_stops_nobody(tmp_path: Path) -> None:
    """Each call is answered, and the lines that were lost are counted."""
    command = [LEADLINE, "serve", "--data", str(tmp_path / "data"), "--port", "0", "--workers", "0"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=UNLIMITED
    ) as process:
        assert process.stderr is not None
        address = json.loads(process.stderr.readline())["address"]
        with httpx.Client(base_url=address, timeout=10) as client:
            for _ in range(CALLS):
                assert client.get("/rest/v1/lists.json").json()["errors"][0]["code"] == "600"
            lost = [
                line
                for line in client.get("/metrics").text.splitlines()
                if line.startswith("leadline_log_lines_lost")
            ]
        process.kill()
    assert float(lost[0].split()[1]) > CALLS // 2, lost
