"""A backup that is made while files are imported, restored as the manual says."""

import subprocess
from pathlib import Path

import psycopg

from tests.clusters import BIN, url_for
from tests.crash.evidence import Model, content_of, faults_of, gather
from tests.crash.files import own_rows
from tests.crash.proof import Proof
from tests.forms import times
from tests.harness import LEADLINE, Server, start_server, subscription, until
from tests.stores import open_stores, store_kind, store_options

FILES = times(4, 40)
ROWS = 700
MUNCHKIN_ID = "123-ABC-456"
BUMP = "UPDATE {}meta SET next_batch = next_batch + 1000"


def _list_of(file: int) -> int:
    return 2000 + file


def _back_up(data: Path, backup: Path) -> None:
    """Do what the manual says, while the server runs."""
    if store_kind() != "sqlite":
        url = url_for(store_kind(), data)
        subprocess.run([BIN / "pg_dump", "-Fc", "-f", backup, url], check=True, timeout=120)
        return
    subprocess.run([LEADLINE, "backup", backup, "--data", data], check=True, timeout=120)


def _restore(backup: Path, data: Path) -> None:
    """Put the backup where a server is to find it, and raise the counter."""
    if store_kind() != "sqlite":
        url = url_for(store_kind(), data)
        subprocess.run([BIN / "pg_restore", "-d", url, backup], check=True, timeout=120)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(BUMP.format("leadline_123_abc_456."))
        return
    backup.rename(data)
    stores = open_stores(data)
    with stores.subscription(MUNCHKIN_ID).write() as session:
        session.run_built(BUMP.format(""), {})
    stores.close()


def test_a_backup_under_load(data: Path, tmp_path: Path, proof: Proof) -> None:
    """P1, P3, P6: what was accepted before the backup is in it, whether done, half done or waiting; the restored
    store is sound and ends it, each row once; no batch id that was ever given is given again.
    """
    lists = [{"id": _list_of(file), "name": f"File {file}"} for file in range(2 * FILES)]
    server = start_server(data, subscription(lists=lists), workers=2)
    before, after = {}, {}
    for file in range(FILES):
        before[_submit_when_free(server, file)] = file
    _back_up(data, tmp_path / "backup")
    for file in range(FILES, 2 * FILES):
        after[_submit_when_free(server, file)] = file
    server.kill()
    restored = tmp_path / "restored"
    _restore(tmp_path / "backup", restored)
    done = subprocess.run([LEADLINE, "check", *store_options(restored)], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout
    server = start_server(restored, workers=2)
    try:
        for batch_id, file in before.items():
            server.finish(batch_id, 90)
            rows = own_rows(file, ROWS)
            found = gather(server, batch_id, _list_of(file))
            assert faults_of(found, Model().fates(rows), rows) == []
        known = {job["batchId"] for job in server.get("/leadline/v1/jobs.json")["result"]}
        assert known == set(before)
        assert server.submit("email\nnew@example.com\n") > max(after)
    finally:
        assert server.stop() == 0
    proof.note(jobs_before=len(before), jobs_after=len(after), lost=0, doubled=0)


def _submit_when_free(server: Server, file: int) -> int:
    content, params = content_of(own_rows(file, ROWS)), {"listId": _list_of(file)}
    body = until(
        lambda: answer if (answer := server.post_file(content, **params).json())["success"] else None
    )
    return int(body["result"][0]["batchId"])
