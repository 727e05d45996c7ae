"""Builds the use cases of a server from its settings and stores."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from leadline import clock
from leadline.api.bodies_held import BodiesHeld
from leadline.api.call import Services
from leadline.api.call_threads import CallThreads
from leadline.api.secret_checks import SecretChecks
from leadline.api.waiting_calls import WaitingCalls
from leadline.clock import SubscriptionTime
from leadline.config import Settings
from leadline.events import Emit
from leadline.http.monitoring import Monitoring
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
from leadline.store.directory import Stores
from leadline.store.secret_hash import hash_chosen
from leadline.subscriptions.apply_file import Subscriptions
from leadline.subscriptions.call_limits import CallLimits
from leadline.subscriptions.console_sessions import ConsoleSessions
from leadline.subscriptions.credential_changes import CredentialChanges
from leadline.subscriptions.overview import Overview
from leadline.subscriptions.tokens import Tokens
from leadline.telemetry.subscriber import Telemetry

if TYPE_CHECKING:
    from leadline.imports.drafts import Drafts

_BODIES_BYTES_MAX = 128 * 1024 * 1024


def build_credential_changes(stores: Stores) -> CredentialChanges:
    """Build the use case that changes credentials one by one."""
    return CredentialChanges(stores, clock.MachineTime())


def build_subscriptions(stores: Stores, hash_given: Callable[[str], str] = hash_chosen) -> Subscriptions:
    """Build the use case that applies subscription files; the secrets that they name are kept as hashes."""
    return Subscriptions(stores, clock.MachineTime(), hash_given)


def build_call_limits(stores: Stores, time: SubscriptionTime) -> CallLimits:
    """Build the use case that counts calls."""
    return CallLimits(stores, time)


def build_services(
    settings: Settings,
    stores: Stores,
    call_limits: CallLimits,
    telemetry: Telemetry,
    emit: Emit,
    time: SubscriptionTime,
    monitoring: Monitoring,
) -> Services:
    """Build what the HTTP application asks; `emit` hears of queued jobs, and passes them to the telemetry."""
    jobs = Jobs(stores, time)
    previews = Previews(stores, time, emit)
    return Services(
        tokens=Tokens(stores, time, settings.policy, telemetry.emit),
        console_sessions=ConsoleSessions(stores, clock.MachineTime(), settings.policy, telemetry.emit),
        incoming_files=IncomingFiles(stores),
        submissions=Submissions(stores, time, emit),
        jobs=jobs,
        previews=previews,
        new_drafts=partial(_new_drafts, stores, time, previews),
        undos=Undos(stores, time, emit),
        preview_files=PreviewFiles(stores, escapes_formulas=settings.export.escape_formulas),
        job_files=JobFiles(stores, jobs, escapes_formulas=settings.export.escape_formulas),
        cancellations=Cancellations(stores, time, jobs, emit),
        job_figures=JobFigures(stores, time, jobs),
        job_changes=JobChanges(stores, jobs),
        job_rows=JobRows(stores, jobs),
        leads=Leads(stores, time),
        lists=Lists(stores, time),
        programs=Programs(stores, time),
        members=Members(stores, time),
        objects=Objects(stores, time),
        object_types=ObjectTypes(stores, time),
        fields=Fields(stores),
        history=History(stores),
        whole_records=WholeRecords(stores),
        activities=LeadActivities(stores),
        settings=settings,
        emit=telemetry.emit,
        metrics=monitoring.metrics,
        time=time,
        call_limits=call_limits,
        overview=Overview(stores, call_limits, time),
        bodies=BodiesHeld(_BODIES_BYTES_MAX),
        threads=CallThreads(),
        secret_checks=SecretChecks(),
        why_not_ready=monitoring.why_not_ready,
        waiting_calls=WaitingCalls(),
    )


def _new_drafts(stores: Stores, time: SubscriptionTime, previews: Previews) -> "Drafts":
    from leadline.imports.drafts import Drafts  # an API that starts needs nothing that understands files

    return Drafts(stores, time, previews)
