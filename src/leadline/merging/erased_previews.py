"""What else goes with a lead: previews and drafts that may name it, and its lines in other reports."""

from collections.abc import Collection, Iterable

import polars as pl

from leadline.engine.encoding import utf8_blocks
from leadline.engine.erase import lines_without, marks_of_leads, may_name
from leadline.engine.header import detect_encoding
from leadline.engine.report_blocks import pack_block, unpack_block
from leadline.errors import UploadDamagedError
from leadline.model.jobs import JobKind
from leadline.store import drafts, previews, report_files, uploads
from leadline.store.base import Session

_OF_JOBS = ("drift", "kept")
"""The reports that jobs leave; all others are those of a preview, and go with it."""


def erase_previews(session: Session, lead_ids: pl.Series, addresses: pl.Series) -> None:
    """Let previews and drafts expire that may name one of the leads, by its id or its folded address.

    Out of the reports of jobs its lines are taken. A file that nobody has looked at yet is looked through.
    """
    for owner in _owners(session, lead_ids, addresses):
        if previews.is_known(session, owner):
            previews.drop(session, owner)
        elif drafts.find(session, owner) is not None:
            drafts.drop(session, owner)
        else:
            _rewrite(session, owner, lead_ids.to_list(), addresses.sort().to_list())
    for preview_id, request, upload in previews.unjudged(session):
        ids = map(str, lead_ids) if request.kind is not JobKind.OBJECT and request.key == "id" else ()
        if _may_name(session, upload, [*addresses, *ids]):
            previews.drop(session, preview_id)


def _owners(session: Session, lead_ids: pl.Series, addresses: pl.Series) -> list[str]:
    if not report_files.any_marked(session):
        return []
    return report_files.owners_marked(session, marks_of_leads(lead_ids, addresses))


def _may_name(session: Session, upload: str, names: Iterable[str]) -> bool:
    try:
        parts = list(uploads.parts_named(session, upload))
    except UploadDamagedError:  # whom it names cannot be told
        return True
    return may_name(utf8_blocks(parts, detect_encoding(b"".join(parts[:1]))), names)


def _rewrite(session: Session, owner: str, lead_ids: Collection[int], addresses: list[str]) -> None:
    """Take the lines of some leads out of the reports of a job; marks of what is gone do no harm."""
    for name in _OF_JOBS:
        for part in report_files.parts(session, owner, name):
            block = report_files.block(session, owner, name, part)
            assert block is not None, "a transaction's view of the store stays the same"
            table = pl.DataFrame(unpack_block(block))
            kept = lines_without(table, lead_ids, addresses)
            if kept.height < table.height:
                packed = pack_block(kept.to_arrow(compat_level=pl.CompatLevel.oldest()))
                report_files.change(session, owner, name, part, packed)
