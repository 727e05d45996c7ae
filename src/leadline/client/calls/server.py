"""The calls of a push, as any server of this API has them (contract §4, §5, §6, §7, §9.4)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import quote

from leadline.client.calls.answers import Answer
from leadline.client.calls.errors import AbsentError, CallRefusedError
from leadline.client.calls.refusals import Outcome
from leadline.client.calls.request import Request
from leadline.client.calls.transport import Transport
from leadline.client.ended import JobStatus
from leadline.client.fields import Field
from leadline.client.options import Kind, Target

_KEPT_BYTES = 1024 * 1024
_PART_BYTES = 64 * 1024
_EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Upload:
    """A piece as it is posted; `key` lets Leadline take it once, however often it is sent.

    `content` is a file: a piece that is on its way, or waits for its turn, takes no memory.
    """

    content: IO[bytes]
    format: str
    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """Whom to tell about each try of a create, and what forbids a further one."""

    before: Callable[[], None]
    refused: Callable[[Outcome], None]
    stop: asyncio.Event


@dataclass(frozen=True, slots=True)
class Server:
    """A server and what is pushed to it; `is_leadline` says whether it has what Leadline adds."""

    transport: Transport
    target: Target = field(default_factory=Target)
    is_leadline: bool = False

    @property
    def has_ledgers(self) -> bool:
        """Tell whether jobs have a ledger."""
        return self.is_leadline

    async def fields(self) -> tuple[Field, ...]:
        """Return the fields that columns can fill; raises `CallRefusedError`."""
        if self.target.kind is Kind.OBJECT:
            path = f"/rest/v1/customobjects/{self._object}/describe.json"
            return await self._described("to describe the object", path)
        leads = await self._described("to describe leads", "/rest/v1/leads/describe2.json")
        if self.target.kind is Kind.LEADS:
            return leads
        path = "/rest/v1/programs/members/describe.json"
        members = await self._described("to describe members", path)
        known = {each.name.lower() for each in leads}
        own = [each for each in members if each.is_writable and each.name.lower() not in known]
        return (*(_only_email(each) for each in leads), *own)

    async def create(self, upload: Upload, tried: Tried) -> JobStatus:
        """Post a piece; raises one of `calls/errors.py`, and `StoppedError`."""
        headers = {"Idempotency-Key": f'"{upload.key}"'} if upload.key else {}
        request = Request(
            f"the piece {upload.name}",
            "POST",
            self._create_path,
            {"format": upload.format, **self.parameters},
            file=(f"{upload.name}.{upload.format}", upload.content, "text/csv"),
            headers=headers,
            is_create=True,
            check=status_of,
        )
        answer = await self.transport.call(
            request,
            is_repeatable=upload.key is not None,
            before_try=tried.before,
            after_refusal=tried.refused,
            stop=tried.stop,
        )
        return status_of(answer)

    async def status(self, batch_id: int) -> JobStatus:
        """Return how a job is doing; raises `CallRefusedError`, 1013 where the server knows it no more."""
        return status_of(
            await self._get("the status of a piece", self._job_path(batch_id, "status"), status_of)
        )

    def failures(self, batch_id: int) -> AsyncIterator[bytes]:
        """Yield the bytes of a job's failure file, none where it has none."""
        return self.file(self._job_path(batch_id, "failures"))

    def warnings(self, batch_id: int) -> AsyncIterator[bytes]:
        """Yield the bytes of a job's warning file, none where it has none."""
        return self.file(self._job_path(batch_id, "warnings"))

    def ledger(self, batch_id: int) -> AsyncIterator[bytes]:
        """Yield the bytes of a job's ledger, none where there is none; Leadline alone has them."""
        return self.file(f"/leadline/v1/jobs/{batch_id}/ledger.csv")

    async def file(self, path: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a file that has come whole, none where there is no such file."""
        with tempfile.SpooledTemporaryFile(_KEPT_BYTES) as kept:
            into: IO[bytes] = kept
            try:
                await self.transport.call(Request("the file of a piece", "GET", path, into=into))
            except AbsentError:
                return
            kept.seek(0)
            while part := kept.read(_PART_BYTES):
                yield part

    async def calls_used_today(self) -> int | None:
        """Return how many calls everybody has made today, None where one may not know."""
        try:
            usage = await self._get("the calls of today", "/rest/v1/stats/usage.json")
        except CallRefusedError:
            return None
        total = usage.first.get("total")
        return total if isinstance(total, int) else None

    async def _described(self, doing: str, path: str) -> tuple[Field, ...]:
        return _described(await self._get(doing, path, _described))

    async def _get(
        self, doing: str, path: str, check: Callable[[Answer], object] = lambda answer: None
    ) -> Answer:
        return await self.transport.call(Request(doing, "GET", path, check=check))

    @property
    def _object(self) -> str:
        return quote(self.target.object_name or "", safe="")

    @property
    def _create_path(self) -> str:
        match self.target.kind:
            case Kind.MEMBERS:
                return f"/bulk/v1/program/{self.target.program_id}/members/import.json"
            case Kind.OBJECT:
                return f"/bulk/v1/customobjects/{self._object}/import.json"
        return "/bulk/v1/leads.json"

    @property
    def parameters(self) -> dict[str, str]:
        """Return what a create or a preview is told beside its format."""
        of_kind: dict[str, Any] = {}
        if self.target.kind is Kind.LEADS:
            of_kind = {
                "lookupField": self.target.lookup_field,
                "listId": self.target.list_id,
                "partitionName": self.target.partition,
            }
        elif self.target.kind is Kind.MEMBERS:
            of_kind = {"programMemberStatus": self.target.status}
        return {name: str(value) for name, value in of_kind.items() if value is not None}

    def _job_path(self, batch_id: int, what: str) -> str:
        match self.target.kind:
            case Kind.MEMBERS:
                return f"/bulk/v1/program/members/import/{batch_id}/{what}.json"
            case Kind.OBJECT:
                return f"/bulk/v1/customobjects/{self._object}/import/{batch_id}/{what}.json"
        end = "" if what == "status" else f"/{what}"
        return f"/bulk/v1/leads/batch/{batch_id}{end}.json"


def status_of(answer: Answer) -> JobStatus:
    """Read a job; raises ValueError where an answer has no batch id."""
    item = answer.first
    batch_id = int(str(item.get("batchId")))
    counts = (item.get("numOfLeadsProcessed", item.get("numOfObjectsProcessed")),)
    rows = [*counts, item.get("numOfRowsFailed"), item.get("numOfRowsWithWarning")]
    processed, failed, warned = (each if isinstance(each, int) else 0 for each in rows)
    message = str(item.get("message") or "")
    is_cancelled = item.get("cancelled") is True or message.startswith("Import cancelled")
    return JobStatus(batch_id, str(item.get("status", "")), processed, failed, warned, message, is_cancelled)


def _described(answer: Answer) -> tuple[Field, ...]:
    """Read the fields of a describe call, and which of them are keys; raises ValueError where it has none."""
    item = answer.first
    groups = [item["dedupeFields"]] if "dedupeFields" in item else _list(item.get("searchableFields"))
    keys = {str(name).lower() for group in groups for name in _list(group)}
    fields = tuple(
        Field(
            name=str(each["name"]),
            display_name=str(each.get("displayName") or each["name"]),
            data_type=str(each.get("dataType", "string")).lower(),
            is_key=str(each["name"]).lower() in keys,
            is_writable=each.get("updateable") is not False,
        )
        for each in _list(item.get("fields"))
        if isinstance(each, dict) and each.get("name")
    )
    if not fields:
        raise ValueError("no fields")
    return fields


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _only_email(lead: Field) -> Field:
    """Return a lead's field as members see it: they are looked up by e-mail alone."""
    return Field(lead.name, lead.display_name, lead.data_type, lead.name.lower() == _EMAIL, lead.is_writable)
