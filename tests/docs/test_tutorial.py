"""The tutorial, executed word for word.

The first block starts a server, the second makes a file that is imported and taken back in a browser,
the others run in one shell.
"""

import re
import subprocess
from pathlib import Path

from tests.docs.demo import ROOT, Started, run
from tests.docs.visitor import Visitor
from tests.processes import LEADLINE

PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
BLOCKS = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
LEDGERS = [block for block in BLOCKS if block.startswith("row,")]
COUNTS = [block for block in BLOCKS if block.startswith("rows ")]


def test_the_tutorial(tmp_path: Path) -> None:
    files, served = BLOCKS[0].removeprefix("make setup\n").split(".venv/bin/leadline ")
    subprocess.run(["bash", "-euc", files], cwd=tmp_path, check=True)
    server = Started(tmp_path, *served.split(), "--port", "0", until="is ready at", on_terminal=True)
    try:
        printed = dict(re.findall(r"(client_id|client_secret): +(\S+)", server.text))
        run(server, "bash", "-euo", "pipefail", "-c", BLOCKS[1])
        visitor = Visitor(server.address, PAGE)
        visitor.press("Log in", **printed)
        import_and_take_back(visitor, tmp_path / "crm.csv")
        script = "".join(block for block in BLOCKS[2:] if block not in LEDGERS + COUNTS)
        script = script.replace(".venv/bin/leadline", LEADLINE)
        script = script.replace("push crm.csv --yes", "push crm.csv --yes || test $? = 1")
        script = script.replace("http://127.0.0.1:8080", server.address)
        for name, value in printed.items():
            script = script.replace(f"{name.upper()}=...", f"{name.upper()}={value}")
        output = run(server, "bash", "-euo", "pipefail", "-c", script)
    finally:
        assert server.stop() == 0
    assert COUNTS[0] in output
    assert "1 row was imported." in output
    assert output.count("1 job was taken back") == 2
    assert '"batchId":1007,"importId":"1007","status":"Queued"' in output
    first, second, third = re.findall(r"row,outcome,id,reason\n(?:\d.*\n)+", output)
    assert [first, second] == LEDGERS
    assert third == "row,outcome,id,reason\n1,unchanged,6,\n2,unchanged,7,\n"
    assert '"email":"ada@example.com","favoriteColor":"green"' in output
    assert '"email":"grace@example.com","favoriteColor":"blue"' in output


def import_and_take_back(visitor: Visitor, file: Path) -> None:
    visitor.follow("Import")
    visitor.press("Look at its columns", file)
    fields = re.findall(r'<option value="[^"]*" selected>([^<(]*)', visitor.page.text)
    assert [each.strip() for each in fields[-4:]] == [
        "Email Address",
        "First Name",
        "Favorite Color",
        "Lead Score",
    ]
    visitor.press("See what would happen")
    visitor.wait_for("Created 2 rows")
    assert "Failed 1 row" in visitor.text
    assert "Invalid data type in field Lead Score" in visitor.text
    visitor.press("Import it as shown")
    visitor.wait_for("2 records imported (2 members), 1 failed")
    visitor.follow("Jobs")
    assert "Complete, 1 failed" in visitor.text
    visitor.follow("1001")
    assert "ninety" in visitor.text
    visitor.follow("Undo")
    visitor.press("Show what would come back")
    visitor.wait_for("The people of 2 rows will be deleted")
    visitor.press("Take back what nobody changed since", deleted="2")
    visitor.wait_for("Undo completed")
    assert "Job 1002" in visitor.text
    visitor.close()
