"""What the metrics say where some of the stores, or all of them, could not be read."""

import pytest

from leadline.events.server_state import ServerState, StoreFigures
from leadline.telemetry.metrics import Metrics

OF_JOBS = ("leadline_jobs{", "leadline_oldest_queued_seconds ", "leadline_upload_bytes ")


@pytest.mark.parametrize(
    ("subscriptions", "unreadable", "is_known"), [(0, 0, True), (2, 1, True), (2, 2, False)]
)
def test_jobs_that_no_store_could_tell_of_are_absent(
    subscriptions: int, unreadable: int, is_known: bool
) -> None:
    """How many stores fail is told all the same: an alert goes by it."""
    figures = StoreFigures({"Queued": 0}, None, 0, subscriptions, unreadable, None)
    text = Metrics().text(ServerState(True, True, figures, {}, 0)).decode()
    assert [name in text for name in OF_JOBS] == [is_known] * 3
    assert f"leadline_subscriptions_unreadable {unreadable}.0" in text
