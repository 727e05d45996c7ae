"""Use case: a file is kept, its columns are mapped to fields, and what its import would do is foreseen.

The original stays as it came. What is submitted is made of it and of what was chosen, again and again alike.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadline.errors import EMPTY_FILE, INVALID_VALUE, NOT_TEXT, OBJECT_NOT_FOUND, ServiceError
from leadline.imports.draft_targets import ImportTargets, import_targets
from leadline.imports.files import JobFile
from leadline.imports.mapping import FieldChoice, UnclearMappingError, choices_of, faults_of, suggested
from leadline.imports.previews import Previews
from leadline.imports.requests import ImportForm, check_form, parse_form
from leadline.imports.resubmission import RequestKey
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.drafts import Chosen, Draft, DraftRequest
from leadline.model.jobs import JobKind
from leadline.model.previews import Preview, PreviewStatus
from leadline.model.subscription_time import SubscriptionTime
from leadline.source_file.date_order import iso_writer
from leadline.source_file.delimiters import NAMES
from leadline.source_file.file_kinds import HEAD_BYTES, kind_of, utf16_order
from leadline.source_file.rewriting import Rewriting
from leadline.source_file.survey import Survey, survey_of
from leadline.source_file.survey_json import survey_as_json, survey_of_json
from leadline.source_file.text_encoding import CODECS, checked_encoding, utf8_blocks
from leadline.store import drafts, uploads
from leadline.store.directory import Stores

if TYPE_CHECKING:
    import pyarrow as pa

_MEMORY_BYTES_MAX = 16 * 1024 * 1024
_ABOVE_MAX = 1000
_CURE = "in the program that has it open, save it as CSV UTF-8 and upload that file"
_ID_COLUMNS = frozenset(("id", "leadid"))
_DONE_WITH = (PreviewStatus.EXPIRED, PreviewStatus.FAILED, PreviewStatus.APPLIED)


@dataclass(frozen=True, slots=True)
class MappedDraft:
    """A draft with what a person needs to map it: its columns, the fields, and where each column would go."""

    draft: Draft
    survey: Survey
    fields: tuple[FieldChoice, ...]
    names: tuple[str | None, ...]
    is_remembered: bool


class Drafts:
    """The drafts of each subscription."""

    def __init__(self, stores: Stores, time: SubscriptionTime, previews: Previews) -> None:
        self._stores = stores
        self._time = time
        self._previews = previews

    def add(self, caller: Caller, form: ImportForm) -> str:
        """Keep a file; return the id of its draft. Raises `ServiceError` as the creation of its job would."""
        wanted = parse_form(form)
        database = self._stores.subscription(caller.munchkin_id)
        with database.read() as session:
            check_form(session, caller, wanted)
        file = wanted.file
        _refuse_no_text(file)
        survey = survey_of(file)
        if not survey.columns:
            raise ServiceError(EMPTY_FILE)
        request = DraftRequest(
            form.kind,
            form.target,
            form.lookup_field,
            form.list_id,
            form.partition_name,
            form.member_status,
        )
        marks = _marks_of(file, survey, with_ids=_holds_ids(form, survey))
        now = self._time.now(caller.munchkin_id)
        with database.write() as session:
            draft_id = drafts.add(
                session,
                caller.client_id,
                request,
                file,
                form.file_name,
                form.file_bytes,
                survey_as_json(survey),
                now,
            )
            drafts.mark(session, draft_id, marks)
        return draft_id

    def targets(self, caller: Caller) -> ImportTargets:
        """Return what there is that a file may be imported into."""
        return import_targets(self._stores, caller)

    def same_file(self, caller: Caller, preview: Preview) -> int | None:
        """Return the newest job that has had the bytes of a preview's file, into the same kind of record."""
        wanted = preview.wanted
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return drafts.same_file(
                session, wanted.origin.file_sha256, wanted.request.object_type, preview.batch_id
            )

    def one(self, caller: Caller, draft_id: str) -> Draft:
        """Return a draft of the caller; raises `ServiceError` 1013 for one of somebody else's.

        Who has all permissions sees those of others too.
        """
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            found = drafts.find(session, draft_id, self._time.now(caller.munchkin_id))
        if found is None or (caller.permissions is not None and found.client_id != caller.client_id):
            raise ServiceError(OBJECT_NOT_FOUND)
        return found

    def mapped(self, caller: Caller, draft_id: str) -> MappedDraft:
        """Return a draft with the fields that its columns may go into, and those that they would go into."""
        draft = self.one(caller, draft_id)
        survey = survey_of_json(draft.survey)
        with self._stores.subscription(caller.munchkin_id).read() as session:
            checked = check_form(session, caller, parse_form(_form_of(draft, io.BytesIO(), 0)))
            known = drafts.remembered(session, _header_hash(draft, survey))
        zone = ZoneInfo(caller.rules.time_zone)
        fields = choices_of(checked, datetime.fromtimestamp(draft.created_at, zone).date())
        if draft.chosen is not None:
            return MappedDraft(draft, survey, fields, draft.chosen.names, is_remembered=False)
        names = suggested(survey, fields, checked, known)
        return MappedDraft(draft, survey, fields, names, is_remembered=known is not None)

    def read_again(self, caller: Caller, draft_id: str, encoding: str, delimiter: str, above: str) -> None:
        """Read a draft's file in another way; raises `ServiceError` 1001 for what is none."""
        draft = self.one(caller, draft_id)
        if encoding not in CODECS or delimiter not in NAMES:
            raise ServiceError(INVALID_VALUE, value=encoding, type="Encoding")
        if not (above.isascii() and above.isdigit() and len(above) < 5 and int(above) <= _ABOVE_MAX):
            raise ServiceError(INVALID_VALUE, value=above[:20], type=f"Integer from 0 to {_ABOVE_MAX}")
        with self._file_of(caller, draft) as file:
            survey = survey_of(file, checked_encoding(file, encoding), delimiter, int(above))
        if not survey.columns:
            raise ServiceError(EMPTY_FILE)
        with self._stores.subscription(caller.munchkin_id).write() as session:
            drafts.note_survey(session, draft_id, survey_as_json(survey))

    def foresee(
        self, caller: Caller, draft_id: str, names: Sequence[str | None], orders: Mapping[int, str]
    ) -> Preview:
        """Let a worker foresee what the import of a mapped file would do; sent twice, it is done once.

        Raises `UnclearMappingError` with what must be said first.
        """
        mapped = self.mapped(caller, draft_id)
        draft, survey = mapped.draft, mapped.survey
        if faults := faults_of(mapped.survey, mapped.fields, names, orders):
            raise UnclearMappingError(faults)
        chosen = Chosen(tuple(names), self._dates(mapped, names, orders))
        before = None
        if draft.preview_id is not None:
            try:
                before = self._previews.one(caller, draft.preview_id)
            except ServiceError:  # it was forgotten
                before = None
        last = draft.chosen
        is_same = last is not None and (last.names, last.dates) == (chosen.names, chosen.dates)
        if before is not None and is_same and before.batch_id is None and before.status not in _DONE_WITH:
            return before
        key = _key_of(caller, draft, chosen)
        with self._file_of(caller, draft) as file, _spool() as submitted:
            rewriting = _rewriting(chosen, survey)
            size = sum(submitted.write(piece) for piece in rewriting.pieces(file))
            form = _form_of(draft, submitted, size)
            if "id" in chosen.names:
                self._mark_ids(caller, draft, survey, file)
            preview = self._previews.submit(caller, form, key).preview
        chosen = Chosen(chosen.names, chosen.dates, rewriting.rows_left_out)
        with self._stores.subscription(caller.munchkin_id).write() as session:
            if drafts.find(session, draft_id) is not None:
                now = self._time.now(caller.munchkin_id)
                drafts.note_chosen(session, draft_id, chosen, preview.preview_id)
                drafts.remember(session, _header_hash(draft, survey), chosen.names, now)
        return preview

    def original(self, caller: Caller, draft_id: str) -> JobFile:
        """Return the file as it was uploaded."""
        draft = self.one(caller, draft_id)
        database = self._stores.subscription(caller.munchkin_id)
        return JobFile(uploads.blocks_named(database, draft.upload), draft.file_bytes)

    def submitted(self, caller: Caller, draft_id: str) -> JobFile:
        """Return the file as it was submitted; raises `ServiceError` 1013 before its columns are mapped."""
        draft = self.one(caller, draft_id)
        if draft.chosen is None:
            raise ServiceError(OBJECT_NOT_FOUND)
        return JobFile(self._submitted(caller, draft, draft.chosen), None)

    def _submitted(self, caller: Caller, draft: Draft, chosen: Chosen) -> Iterator[bytes]:
        with self._file_of(caller, draft) as file:
            yield from _rewriting(chosen, survey_of_json(draft.survey)).pieces(file)

    def _dates(
        self, mapped: MappedDraft, names: Sequence[str | None], orders: Mapping[int, str]
    ) -> dict[int, tuple[str, str]]:
        """Return how the dates of each column are written that has any: as was said, else as they prove."""
        last_days = {each.name: each.last_day for each in mapped.fields}
        found = {}
        for place, (column, name) in enumerate(zip(mapped.survey.columns, names, strict=True)):
            order, last_day = orders.get(place) or column.dates.decided, last_days.get(name or "")
            if last_day is not None and order and column.dates.has_dates:
                found[place] = order, last_day.isoformat()
        return found

    def _mark_ids(self, caller: Caller, draft: Draft, survey: Survey, file: IO[bytes]) -> None:
        marks = _marks_of(file, survey, with_ids=True)
        with self._stores.subscription(caller.munchkin_id).write() as session:
            drafts.mark(session, draft.draft_id, marks)

    def _file_of(self, caller: Caller, draft: Draft) -> IO[bytes]:
        """Return the bytes of a draft's file, in memory or in a temporary file."""
        file = _spool()
        database = self._stores.subscription(caller.munchkin_id)
        for block in uploads.blocks_named(database, draft.upload):
            file.write(block)
        file.seek(0)
        return file


def _spool() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(_MEMORY_BYTES_MAX)


def _refuse_no_text(file: IO[bytes]) -> None:
    file.seek(0)
    head = file.read(HEAD_BYTES)
    kind = None if utf16_order(head) else kind_of(head)
    if kind is not None:
        raise ServiceError(NOT_TEXT, kind=kind.name, cure=_CURE)


def _form_of(draft: Draft, file: IO[bytes], file_bytes: int) -> ImportForm:
    wanted = draft.wanted
    return ImportForm(
        kind=wanted.kind,
        file=file,
        file_bytes=file_bytes,
        format=None,
        target=wanted.target,
        lookup_field=wanted.lookup_field,
        list_id=wanted.list_id,
        partition_name=wanted.partition_name,
        member_status=wanted.member_status,
        file_name=draft.file_name,
    )


def _rewriting(chosen: Chosen, survey: Survey) -> Rewriting:
    """Return how a file is written, which does not depend on the day on which that is done."""
    dates = {
        place: iso_writer(order, date.fromisoformat(last)) for place, (order, last) in chosen.dates.items()
    }
    return Rewriting(survey, chosen.names, dates)


def _holds_ids(form: ImportForm, survey: Survey) -> bool:
    """Tell whether cells of the file may be ids of people; of a custom object any number may be a link."""
    is_found_by_id = (form.lookup_field or "").lower() == "id"
    named = any(column.name.replace(" ", "").lower() in _ID_COLUMNS for column in survey.columns)
    return form.kind is JobKind.OBJECT or is_found_by_id or named


def _marks_of(file: IO[bytes], survey: Survey, *, with_ids: bool) -> "pa.Array":
    from leadline.engine.erase import marks_of_text  # brings the data-frame library

    return marks_of_text(utf8_blocks(file, survey.encoding.codec), with_ids=with_ids)


def _header_hash(draft: Draft, survey: Survey) -> str:
    """Return the hash by which the header of a kind of record is remembered."""
    names = [column.name for column in survey.columns]
    kind = [
        draft.wanted.kind,
        (draft.wanted.target or "").lower() if draft.wanted.kind is JobKind.OBJECT else "",
    ]
    return hashlib.sha256(json.dumps([kind, names]).encode()).hexdigest()


def _key_of(caller: Caller, draft: Draft, chosen: Chosen) -> RequestKey:
    """Return the key by which a preview that is asked for twice at once is made once."""
    parts = [draft.draft_id, draft.preview_id, draft.survey, chosen.names, sorted(chosen.dates.items())]
    return RequestKey(caller.client_id, hashlib.sha256(json.dumps(parts).encode()).hexdigest())
