"""What a handler is given: the call of a known caller, and the use cases."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from leadline.api.bodies_held import BodiesHeld
from leadline.api.call_threads import CallThreads
from leadline.api.params import FORM_TYPE, Params, media_type
from leadline.api.secret_checks import SecretChecks
from leadline.api.waiting_calls import WaitingCalls
from leadline.config import Settings
from leadline.errors import INVALID_CONTENT_TYPE, INVALID_DATA, INVALID_JSON, ServiceError
from leadline.events import Emit
from leadline.imports.cancel import Cancellations
from leadline.imports.counts import JobFigures
from leadline.imports.files import JobFiles
from leadline.imports.incoming_file import IncomingFiles
from leadline.imports.job_changes import JobChanges
from leadline.imports.job_rows import JobRows
from leadline.imports.preview_files import PreviewFiles
from leadline.imports.previews import Previews
from leadline.imports.status import Jobs
from leadline.imports.submit import Submissions
from leadline.imports.undo import Undos
from leadline.lead_database.fields import Fields
from leadline.lead_database.history import History
from leadline.lead_database.lead_activities import LeadActivities
from leadline.lead_database.leads import Leads
from leadline.lead_database.lists import Lists
from leadline.lead_database.members import Members
from leadline.lead_database.object_types import ObjectTypes
from leadline.lead_database.objects import Objects
from leadline.lead_database.programs import Programs
from leadline.lead_database.whole_records import WholeRecords
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import JobLookup
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema.exact_json import read_json
from leadline.subscriptions.call_limits import CallLimits
from leadline.subscriptions.console_sessions import ConsoleSessions
from leadline.subscriptions.overview import Overview
from leadline.subscriptions.tokens import Tokens

if TYPE_CHECKING:
    from leadline.imports.drafts import Drafts

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that handlers ask, and what the edge itself needs."""

    tokens: Tokens
    console_sessions: ConsoleSessions
    incoming_files: IncomingFiles
    submissions: Submissions
    jobs: Jobs
    job_files: JobFiles
    previews: Previews
    new_drafts: "Callable[[], Drafts]"
    undos: Undos
    preview_files: PreviewFiles
    cancellations: Cancellations
    job_figures: JobFigures
    job_changes: JobChanges
    job_rows: JobRows
    leads: Leads
    lists: Lists
    programs: Programs
    members: Members
    objects: Objects
    object_types: ObjectTypes
    fields: Fields
    history: History
    whole_records: WholeRecords
    activities: LeadActivities
    settings: Settings
    emit: Emit
    metrics: Callable[[], Awaitable[bytes]]
    time: SubscriptionTime
    call_limits: CallLimits
    overview: Overview
    bodies: BodiesHeld
    threads: CallThreads
    secret_checks: SecretChecks
    why_not_ready: Callable[[], Awaitable[str | None]]
    waiting_calls: WaitingCalls

    @property
    def drafts(self) -> "Drafts":
        """The files that people import in the console; what understands them is loaded for them alone."""
        return self.new_drafts()


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a known caller; `keys` are the values of its header `Idempotency-Key`.

    `job` is the one of its path, where it was read together with the token.
    """

    request_id: str
    caller: Caller
    path: Mapping[str, str]
    params: Params
    body: bytes = b""
    content_type: str = ""
    keys: tuple[str, ...] = ()
    job: JobLookup | None = None

    @property
    def is_json(self) -> bool:
        """Whether the caller says that the body is JSON."""
        return media_type(self.content_type) == "application/json"

    @property
    def is_form(self) -> bool:
        """Whether the caller says that the body is an urlencoded form."""
        return media_type(self.content_type) == FORM_TYPE

    @property
    def has_document(self) -> bool:
        """Whether the body is no form but a document, such as JSON whose type the caller forgot to name."""
        return bool(self.body) and (not self.is_form or self.body.lstrip()[:1] == b"{")

    def json(self) -> dict[str, Any]:
        """Return the JSON body as an object; raises `ServiceError` 609, 612 or 1003."""
        if not self.is_json:
            raise ServiceError(INVALID_CONTENT_TYPE)
        try:
            parsed = read_json(self.body)
            if b"\\u" in self.body:
                parsed = _without_halves(parsed)
        except (ValueError, RecursionError):
            raise ServiceError(INVALID_JSON) from None
        if not isinstance(parsed, dict):
            raise ServiceError(INVALID_DATA)
        return parsed


def _without_halves(value: Any) -> Any:
    """Put a NUL, which no field takes either, in place of each half of a pair of surrogates."""
    if isinstance(value, str):
        return _HALF_A_PAIR.sub("\0", value)
    if isinstance(value, list):
        return [_without_halves(each) for each in value]
    if isinstance(value, dict):
        return {_without_halves(name): _without_halves(each) for name, each in value.items()}
    return value
