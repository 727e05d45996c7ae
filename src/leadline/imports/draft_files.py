"""The file of a draft: what may be kept, whom it may name, and what is submitted of it."""

import tempfile
from datetime import date
from itertools import chain
from typing import IO, TYPE_CHECKING

from leadline.errors import NOT_TEXT, ServiceError
from leadline.imports.requests import ImportForm
from leadline.model.drafts import Chosen
from leadline.model.jobs import JobKind
from leadline.source_file.date_order import iso_writer
from leadline.source_file.file_kinds import HEAD_BYTES, kind_of, utf16_order
from leadline.source_file.rewriting import Rewriting
from leadline.source_file.survey import Survey
from leadline.source_file.text_encoding import utf8_blocks

if TYPE_CHECKING:
    import pyarrow as pa

_MEMORY_BYTES_MAX = 16 * 1024 * 1024
_CURE = "in the program that has it open, save it as CSV UTF-8 and upload that file"
_ID_COLUMNS = frozenset(("id", "leadid"))


def spool() -> IO[bytes]:
    """Return a file of nobody else's, in memory while it is small."""
    return tempfile.SpooledTemporaryFile(_MEMORY_BYTES_MAX)


def refuse_no_text(file: IO[bytes]) -> None:
    """Raise `ServiceError` 1003 for a file that is no text, such as a workbook."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    kind = None if utf16_order(head) else kind_of(head)
    if kind is not None:
        raise ServiceError(NOT_TEXT, kind=kind.name, cure=_CURE)


def rewriting(chosen: Chosen, survey: Survey) -> Rewriting:
    """Return how a file is written, which does not depend on the day on which that is done."""
    dates = {
        place: iso_writer(order, date.fromisoformat(last)) for place, (order, last) in chosen.dates.items()
    }
    return Rewriting(survey, chosen.names, dates)


def holds_ids(form: ImportForm, survey: Survey) -> bool:
    """Tell whether cells of the file may be ids of people; of a custom object any number may be a link."""
    is_found_by_id = (form.lookup_field or "").lower() == "id"
    named = any(column.name.replace(" ", "").lower() in _ID_COLUMNS for column in survey.columns)
    return form.kind is JobKind.OBJECT or is_found_by_id or named


def marks_of(file: IO[bytes], survey: Survey, file_name: str | None, *, with_ids: bool) -> "pa.Array":
    """Return the marks of those whom a file may name, in its cells or in its name."""
    from leadline.engine.erase import marks_of_text  # brings the data-frame library

    name = (f"\n{file_name}\n".encode("utf-8", "replace"),) if file_name else ()
    return marks_of_text(chain(name, utf8_blocks(file, survey.encoding.codec)), with_ids=with_ids)
