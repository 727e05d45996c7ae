"""The commands of docs/how-to/rotate-a-secret.md, as they stand, beside a server."""

import os
import re
import subprocess
from pathlib import Path

from tests.docs.demo import Started
from tests.docs.page_blocks import blocks_of
from tests.processes import LEADLINE

BLOCKS = [each.text for each in blocks_of("docs/how-to/rotate-a-secret.md")]


def test_the_page(tmp_path: Path) -> None:
    """Each command does what the text around it says; a token bought before tells when it has ended."""
    server = Started(tmp_path, "serve", "--port", "0", "--workers", "0", until="is ready at")
    try:
        said = []
        for block in BLOCKS:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.replace("http://127.0.0.1:8080", server.address)],
                cwd=tmp_path,
                env=os.environ | {"PATH": f"{Path(LEADLINE).parent}:{os.environ['PATH']}"},
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 0, done
            said.append(done.stdout)
    finally:
        assert server.stop() == 0
    added, token, rotated, ended, leaked, removed = said
    assert "credential crm added" in added
    assert re.search(r"^crm .*crm@example.com +Read-Write Lead +all ", added, re.MULTILINE)
    assert '"access_token":"' in token
    assert '"scope":"crm@example.com"' in token
    assert rotated.count("holds until") == 1
    assert [ended.count("has ended"), leaked.count("has ended")] == [1, 1]
    assert removed.startswith("credential crm removed")
    for name in ("crm.json", "crm-new.json", "crm-next.json"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
