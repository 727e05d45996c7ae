"""The drafts of imports of one subscription, and where the columns of their headers went before.

All functions run inside a transaction that the caller opened.
"""

import json
import secrets
from collections.abc import Sequence

import pyarrow as pa

from leadline import clock
from leadline.model.drafts import (
    DRAFT_BYTES_MAX,
    DRAFT_SECONDS,
    DRAFTS_MAX,
    MAPPINGS_MAX,
    Chosen,
    Draft,
    DraftRequest,
)
from leadline.model.jobs import JobKind
from leadline.store import report_files, uploads
from leadline.store.base import Row, Session
from leadline.store.uploads import NewUpload


def add(
    session: Session,
    client_id: str,
    wanted: DraftRequest,
    upload: NewUpload,
    file_name: str | None,
    survey: str,
    now: int,
) -> str:
    """Keep a new draft with its file; return its id. Where there are too many, the oldest go."""
    draft_id = f"{clock.now_ms():012x}{secrets.token_hex(10)}"
    session.run(
        "add_draft",
        draft_id=draft_id,
        client_id=client_id,
        request=_request_as_json(wanted),
        file_name=file_name,
        file_bytes=upload.size,
        upload=upload.keep(session),
        survey=survey,
        created_at=now,
    )
    expire(session, now)
    return draft_id


def mark(session: Session, draft_id: str, marks: pa.Array) -> None:
    """Keep the marks of those whom a draft's file may name, so that it goes with a person who is deleted."""
    report_files.keep_marks(session, draft_id, marks)


def find(session: Session, draft_id: str, now: int | None = None) -> Draft | None:
    """Return a draft; at a given time one past its day is gone, whether or not that was noted."""
    row = session.row("draft_by_id", draft_id=draft_id)
    if row is None or (now is not None and now - row["created_at"] >= DRAFT_SECONDS):
        return None
    return _draft_of(row)


def note_survey(session: Session, draft_id: str, survey: str) -> None:
    """Put another finding in the place of one, after the file was read in another way."""
    session.run("note_survey", draft_id=draft_id, survey=survey)


def note_chosen(session: Session, draft_id: str, chosen: Chosen, preview_id: str) -> None:
    """Note where the columns go, and the preview of that."""
    document = {"names": chosen.names, "dates": chosen.dates, "rowsLeftOut": chosen.rows_left_out}
    session.run("note_chosen", draft_id=draft_id, chosen=json.dumps(document), preview_id=preview_id)


def expire(session: Session, now: int) -> int:
    """Delete the drafts that are past their time, and the oldest of too many; return how many there were."""
    expired = kept = total = 0
    for row in session.rows("drafts_by_age"):
        kept, total = kept + 1, total + row["file_bytes"]
        is_over = kept > DRAFTS_MAX or (kept > 1 and total > DRAFT_BYTES_MAX)
        if is_over or now - row["created_at"] >= DRAFT_SECONDS:
            drop(session, row["draft_id"])
            expired, kept, total = expired + 1, kept - 1, total - row["file_bytes"]
    return expired


def is_any_due(session: Session, now: int) -> bool:
    """Return whether a draft is past its time."""
    return session.row("any_draft_due", created_before=now - DRAFT_SECONDS) is not None


def drop(session: Session, draft_id: str) -> None:
    """Delete a draft with its file and its marks."""
    uploads.drop_of_draft(session, draft_id)
    session.run("delete_draft", draft_id=draft_id)
    report_files.delete(session, draft_id)


def drop_all(session: Session) -> None:
    """Delete all drafts; their files and marks are orphans then."""
    session.run("drop_all_drafts")


def remember(session: Session, header_hash: str, names: Sequence[str | None], now: int) -> None:
    """Remember where the columns of a header go; the headers that were used longest ago are forgotten."""
    session.run("put_mapping", header_hash=header_hash, names=json.dumps(names), used_at=now)
    session.run("trim_mappings", kept=MAPPINGS_MAX)


def remembered(session: Session, header_hash: str) -> list[str | None] | None:
    """Return the fields that the columns of a header went into, or None."""
    row = session.row("mapping_of", header_hash=header_hash)
    return None if row is None else json.loads(row["names"])


def same_file(session: Session, sha256: str | None, object_type: str, beside: int | None) -> int | None:
    """Return the newest job but one that has had the same bytes, into the same kind of record."""
    row = session.row("same_file", sha256=sha256, object_type=object_type, beside=beside or 0)
    return None if row is None else int(row["batch_id"])


def _draft_of(row: Row) -> Draft:
    chosen = None
    if row["chosen"] is not None:
        document = json.loads(row["chosen"])
        dates = {int(place): (order, last_day) for place, (order, last_day) in document["dates"].items()}
        chosen = Chosen(tuple(document["names"]), dates, document["rowsLeftOut"])
    wanted = _request_of(row["request"])
    members = {name: value for name, value in row.items() if name != "request"}
    return Draft(**members | {"wanted": wanted, "chosen": chosen})


def _request_as_json(wanted: DraftRequest) -> str:
    members = ("kind", "target", "lookup_field", "list_id", "partition_name", "member_status")
    return json.dumps({name: getattr(wanted, name) for name in members})


def _request_of(text: str) -> DraftRequest:
    document = json.loads(text)
    return DraftRequest(**document | {"kind": JobKind(document["kind"])})
