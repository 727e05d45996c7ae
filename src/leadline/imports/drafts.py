"""Use case: a file is kept, its columns are mapped to fields, and what its import would do is foreseen.

The original stays as it came. What is submitted is made of it and of what was chosen, again and again alike.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO
from zoneinfo import ZoneInfo

from leadline.errors import EMPTY_FILE, INVALID_VALUE, OBJECT_NOT_FOUND, ServiceError
from leadline.imports.draft_files import holds_ids, marks_of, refuse_no_text, rewriting, spool
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
from leadline.source_file.delimiters import NAMES
from leadline.source_file.survey import Survey, survey_of
from leadline.source_file.survey_json import survey_as_json, survey_of_json
from leadline.source_file.text_encoding import CODECS, checked_encoding
from leadline.store import drafts, uploads
from leadline.store.directory import Stores

_ABOVE_MAX = 1000
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
        refuse_no_text(file)
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
        marks = marks_of(file, survey, form.file_name, with_ids=holds_ids(form, survey))
        now = self._time.now(caller.munchkin_id)
        with uploads.prepared(database, file, form.file_bytes) as upload, database.write() as session:
            draft_id = drafts.add(
                session,
                caller.client_id,
                request,
                upload,
                form.file_name,
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
        with self._file_of(caller, draft) as file, spool() as submitted:
            rewritten = rewriting(chosen, survey)
            size = sum(submitted.write(piece) for piece in rewritten.pieces(file))
            form = _form_of(draft, submitted, size)
            if "id" in chosen.names:
                self._mark_ids(caller, draft, survey, file)
            preview = self._first_to_come(caller, draft, chosen, form)
        chosen = Chosen(chosen.names, chosen.dates, rewritten.rows_left_out)
        with self._stores.subscription(caller.munchkin_id).write() as session:
            if drafts.find(session, draft_id) is not None:
                now = self._time.now(caller.munchkin_id)
                drafts.note_chosen(session, draft_id, chosen, preview.preview_id)
                drafts.remember(session, _header_hash(draft, survey), chosen.names, now)
        return preview

    def _first_to_come(self, caller: Caller, draft: Draft, chosen: Chosen, form: ImportForm) -> Preview:
        """Make the next preview of a draft; return one that was made before, and that it has not noted.

        A server may have ended between the two. Of those the ones that are done with are passed over.
        """
        behind = draft.preview_id
        while True:
            made = self._previews.submit(caller, form, _key_of(caller, draft, chosen, behind))
            if made.is_new or made.preview.status not in _DONE_WITH:
                return made.preview
            behind = made.preview.preview_id

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
            yield from rewriting(chosen, survey_of_json(draft.survey)).pieces(file)

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
        marks = marks_of(file, survey, draft.file_name, with_ids=True)
        with self._stores.subscription(caller.munchkin_id).write() as session:
            drafts.mark(session, draft.draft_id, marks)

    def _file_of(self, caller: Caller, draft: Draft) -> IO[bytes]:
        """Return the bytes of a draft's file, in memory or in a temporary file."""
        file = spool()
        database = self._stores.subscription(caller.munchkin_id)
        for block in uploads.blocks_named(database, draft.upload):
            file.write(block)
        file.seek(0)
        return file


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


def _header_hash(draft: Draft, survey: Survey) -> str:
    """Return the hash by which the header of a kind of record is remembered."""
    names = [column.name for column in survey.columns]
    kind = [
        draft.wanted.kind,
        (draft.wanted.target or "").lower() if draft.wanted.kind is JobKind.OBJECT else "",
    ]
    return hashlib.sha256(json.dumps([kind, names]).encode()).hexdigest()


def _key_of(caller: Caller, draft: Draft, chosen: Chosen, behind: str | None) -> RequestKey:
    """Return the key by which the preview behind another one is made once, though it is asked for twice."""
    parts = [draft.draft_id, behind, draft.survey, chosen.names, sorted(chosen.dates.items())]
    return RequestKey(caller.client_id, hashlib.sha256(json.dumps(parts).encode()).hexdigest())
