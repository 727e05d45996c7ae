"""One job in a worker's hands, and its upload as text."""

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.config import Rules
from leadline.engine.header import detect_encoding, read_header
from leadline.engine.plan import ImportPlan, plan_import
from leadline.engine.reader import find_undecodable, row_at, skip_bytes, utf8_blocks
from leadline.model import Job
from leadline.store import settings, uploads
from leadline.store.base import Database


@dataclass(frozen=True, slots=True)
class Shift:
    """A job with what stays the same until its end: its store, its plan, new leads' constants."""

    munchkin_id: str
    database: Database
    job: Job
    plan: ImportPlan
    encoding: str
    new_record: dict[str, int | str | None]

    def text_from(self, start: int) -> Iterator[bytes]:
        """Yield the upload as UTF-8 from an offset on."""
        blocks = uploads.blocks(self.database, self.job.batch_id)
        return skip_bytes(utf8_blocks(blocks, self.encoding), start)


def begin_shift(munchkin_id: str, database: Database, job: Job, rules: Rules) -> Shift:
    """Look at a claimed job's header and settings."""
    encoding = detect_encoding(next(uploads.blocks(database, job.batch_id), b""))
    header = read_header(uploads.blocks(database, job.batch_id), job.request.file_format)
    with database.read() as session:
        object_type = settings.load_lead_type(session)
        found = settings.find_list(session, job.request.list_id) if job.request.list_id else None
    plan = plan_import(header, object_type, job.request, rules)
    source = "List import" if found else "Web service API"
    detail = f"List: {found['name']}" if found else None
    new_record: dict[str, int | str | None] = {
        "partition_id": job.request.partition_id,
        "f_originalsourcetype": source,
        "f_originalsourceinfo": detail,
        "f_registrationsourcetype": source,
        "f_registrationsourceinfo": detail,
    }
    return Shift(munchkin_id, database, job, plan, encoding, new_record)


def why_undecodable(shift: Shift) -> str | None:
    """Return why the file cannot be read as text, or None; asked before any row is applied."""
    offset = find_undecodable(uploads.blocks(shift.database, shift.job.batch_id), shift.encoding)
    if offset is None:
        return None
    name = {"utf-16": "UTF-16"}.get(shift.encoding, "UTF-8")
    start = shift.plan.header.size
    if offset < start:
        return f"Import failed, the file is not valid {name}: the header holds the first invalid byte"
    row = row_at(shift.text_from(start), shift.plan.delimiter, shift.plan.width, offset - start)
    return f"Import failed, the file is not valid {name}: data row {row} holds the first invalid byte"
