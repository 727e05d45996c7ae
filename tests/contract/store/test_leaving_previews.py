"""A preview that is being made does not hold up who takes the store away: a reset of a sandbox."""

import threading
from pathlib import Path

from leadline.clock import MachineTime
from leadline.config import Settings
from leadline.events import Event, PreviewReassigned
from leadline.model.jobs import Origin
from leadline.model.previews import NewPreview, PreviewedFile, PreviewKind, PreviewStatus
from leadline.sandbox.generated import Generated
from leadline.sandbox.subscription import SandboxSubscription
from leadline.sandbox.time_and_gate import SandboxGate
from leadline.store import previews
from leadline.store.base import Database
from leadline.store.directory import Stores
from leadline.worker.preview_run import PreviewMaker
from tests.contract.store.places import MUNCHKIN_ID, keep_upload, request
from tests.server import until

FILE = b"email\nada@example.com\n"


class HoldingGate(SandboxGate):
    """Holds a worker where it asks, until the subscription is wanted; then it tells the truth."""

    def __init__(self, subscription: SandboxSubscription) -> None:
        super().__init__({MUNCHKIN_ID: subscription})
        self._subscription = subscription
        self.asked = threading.Event()

    def leaves(self, munchkin_id: str) -> bool:
        """Say that it was asked, and wait."""
        self.asked.set()
        until(lambda: self._subscription.is_leaving)
        return super().leaves(munchkin_id)


def queued(database: Database) -> str:
    with database.write() as session:
        upload = keep_upload(session, FILE)
        file = PreviewedFile("email", upload, len(FILE), 1 << 20, None, has_slashes=False)
        wanted = NewPreview(PreviewKind.IMPORT, request(), Origin(), file)
        return previews.add(session, wanted, MachineTime().now(MUNCHKIN_ID)).preview_id


def status_of(database: Database, preview_id: str) -> PreviewStatus:
    with database.read() as session:
        found = previews.find(session, preview_id)
    assert found is not None
    return found.status


def test_it_is_given_up_at_the_next_step(stores: Stores, database: Database, tmp_path: Path) -> None:
    """And made later, where the store is there still."""
    time, told = MachineTime(), list[Event]()
    mine = SandboxSubscription(
        MUNCHKIN_ID, "mine", Generated(0, "mine"), (), tmp_path, time, wake_workers=lambda: None
    )
    gate = HoldingGate(mine)
    maker = PreviewMaker(stores, time, Settings(), told.append, "w1", gate)
    preview_id = queued(database)

    def work() -> None:
        with gate.turn(MUNCHKIN_ID) as is_mine:
            assert is_mine
            maker.make_one(MUNCHKIN_ID)

    worker = threading.Thread(target=work)
    worker.start()
    assert gate.asked.wait(20)
    with mine.without_workers():  # it waits for the worker, who waits for no more than this
        assert status_of(database, preview_id) is PreviewStatus.RUNNING
    worker.join()
    assert told[-1] == PreviewReassigned(MUNCHKIN_ID, preview_id)
    again = PreviewMaker(stores, time, Settings(), told.append, "w1", SandboxGate({MUNCHKIN_ID: mine}))
    with database.read() as session:
        held = previews.claimed(session)
    again.rescue(MUNCHKIN_ID, held)
    assert again.make_one(MUNCHKIN_ID)
    assert status_of(database, preview_id) is PreviewStatus.READY
