"""PostgreSQL keeps an upload as it came: compressing one costs six times the time of storing it."""

from pathlib import Path

import pytest

from leadline.store import uploads
from tests.clusters import url_for
from tests.contract.store.places import Place, begin, keep_upload

SIZES = "SELECT part, octet_length(bytes) AS bytes, pg_column_size(bytes) AS stored FROM {schema}.job_file ORDER BY part"


@pytest.mark.parametrize("content", [b"a" * 3_000_000, b"email,firstName\nann@example.com,Ann\n" * 40_000])
def test_uploads_are_not_compressed(tmp_path: Path, content: bytes) -> None:
    """However much repeats in it; what is read back is what was stored, the end of a part too."""
    place = Place("postgres", tmp_path / "data", url_for("postgres", tmp_path))
    stores = place.open()
    stores.prepare()
    begin(stores)
    database = place.database()
    with database.write() as session:
        name = keep_upload(session, content)
    with database.read() as session:
        sizes = session.built_rows(SIZES, {})
        assert b"".join(uploads.parts_named(session, name)) == content
    assert len(sizes) == -(-len(content) // uploads.PART_BYTES)
    assert all(row["stored"] >= row["bytes"] for row in sizes), sizes
    for opened in place.opened:
        opened.close()
