"""Use case: which subscriptions there are, where each of them is, and how much it holds."""

from contextlib import closing

from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.model.dataclass import dataclass
from leadline.model.instants import render_instant
from leadline.model.jobs import Status
from leadline.store import credentials, records, removals, whole_stores
from leadline.store.base import Session
from leadline.store.directory import Stores
from leadline.store.jobs_now import count_by_status
from leadline.store.location import StoreLocation
from leadline.store.migrate import Stamp


@dataclass(frozen=True, slots=True)
class Figures:
    """How much the store of a subscription holds."""

    leads: int
    jobs: int
    jobs_queued: int
    jobs_importing: int
    bytes: int

    @property
    def unfinished_jobs(self) -> int:
        """How many jobs have not come to their end."""
        return self.jobs_queued + self.jobs_importing


@dataclass(frozen=True, slots=True)
class ListedSubscription:
    """A subscription as people may see it; `where` has no password.

    `format` and `version` are those of its store when it was last opened. One that is being removed has
    `removal_begun_at`, an instant as text, and no credentials. Where its store cannot be used there are no
    `figures`, and `fault` says why.
    """

    munchkin_id: str
    where: str
    credentials: int
    format: int | None = None
    version: int | None = None
    removal_begun_at: str | None = None
    figures: Figures | None = None
    fault: str | None = None


def list_subscriptions(stores: Stores) -> list[ListedSubscription]:
    """Return all subscriptions by munchkin id, those that are being removed among them.

    One whose store cannot be used is listed with its fault, and the others as if nothing were.
    """
    with stores.control.read_once() as session:
        counted = credentials.count_by_subscription(session)
    found = [
        _listed(stores, munchkin_id, entry.location, counted.get(munchkin_id, 0), entry.stamp)
        for munchkin_id, entry in stores.directory().items()
    ]
    found += [being_removed(stores, each, begun) for each, begun in removals.begun(stores).items()]
    return sorted(found, key=lambda each: each.munchkin_id)


def being_removed(stores: Stores, munchkin_id: str, begun: removals.BegunRemoval) -> ListedSubscription:
    """Return a subscription whose removal was begun."""
    where = stores.database_at(begun.location, "subscription").where.removeprefix("The schema ")
    return ListedSubscription(munchkin_id, where, 0, removal_begun_at=render_instant(begun.begun_at))


def find_listed(stores: Stores, munchkin_id: str) -> ListedSubscription | None:
    """Return one subscription, None where it is not in the directory."""
    entry = stores.find(munchkin_id)
    if entry is None:
        return None
    with stores.control.read_once() as session:
        counted = len(credentials.credentials_of(session, munchkin_id))
    return _listed(stores, munchkin_id, entry.location, counted, entry.stamp)


def _listed(
    stores: Stores, munchkin_id: str, location: StoreLocation, counted: int, stamp: Stamp
) -> ListedSubscription:
    with closing(stores.database_at(location, "subscription")) as database:
        figures, fault = None, None
        try:
            with database.read_once() as session:
                figures = _figures(session, whole_stores.bytes_of(stores, location))
        except (StoreBusyError, StoreFaultError, OperatorError) as error:
            fault = str(error)
        return ListedSubscription(
            munchkin_id,
            database.where.removeprefix("The schema "),
            counted,
            stamp.format,
            stamp.version,
            figures=figures,
            fault=fault,
        )


def _figures(session: Session, size: int) -> Figures:
    by_status = count_by_status(session)
    return Figures(
        leads=records.count_leads(session),
        jobs=sum(by_status.values()),
        jobs_queued=by_status.get(Status.QUEUED.value, 0),
        jobs_importing=by_status.get(Status.IMPORTING.value, 0),
        bytes=size,
    )
