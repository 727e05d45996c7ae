"""The tutorial, executed word for word: the first block starts a server, the others run in one shell."""

import re
import subprocess
from pathlib import Path

from tests.docs.demo import ROOT, Started, run

PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
BLOCKS = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
SHOWN = [block for block in BLOCKS if block.startswith("row,")]


def test_the_tutorial(tmp_path: Path) -> None:
    files, served = BLOCKS[0].removeprefix("make setup\n").split(".venv/bin/leadline ")
    subprocess.run(["bash", "-euc", files], cwd=tmp_path, check=True)
    server = Started(tmp_path, *served.split(), "--port", "0", until="is ready at")
    try:
        script = "".join(block for block in BLOCKS[1:] if block not in SHOWN)
        script = script.replace("http://127.0.0.1:8080", server.address)
        for name in ("client_id", "client_secret"):
            printed = re.findall(rf"{name}: +(\S+)", server.text)[0]
            script = script.replace(f"{name.upper()}=...", f"{name.upper()}={printed}")
        output = run(server, "bash", "-euo", "pipefail", "-c", script)
    finally:
        assert server.stop() == 0
    assert '"batchId":1001,"importId":"1001","status":"Queued"' in output
    first, second, third = re.findall(r"row,outcome,id,reason\n(?:\d.*\n)+", output)
    assert [first, second] == SHOWN
    assert third == "row,outcome,id,reason\n1,unchanged,1,\n2,unchanged,2,\n"
    assert '"email":"ada@example.com","favoriteColor":"green"' in output
    assert '"email":"grace@example.com","favoriteColor":"blue"' in output
