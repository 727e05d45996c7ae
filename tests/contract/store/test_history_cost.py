"""A person's history costs by his own changes, not by the size of the imports that made them."""

from leadline.lead_database.history import History
from leadline.store.directory import Stores
from tests.contract.store.histories import add_history, page_seconds
from tests.contract.store.places import MUNCHKIN_ID

SETS = 60


def test_changes_out_of_large_imports_cost_little_more_than_out_of_small_ones(stores: Stores) -> None:
    """Of a large set the one part with the lead is found and unpacked."""
    with stores.subscription(MUNCHKIN_ID).write() as session:
        add_history(session, 50_000, 1, rows=12_288, sets=SETS)
        add_history(session, 90_000, 1 + SETS, rows=16, sets=SETS)
    history = History(stores)
    small, large = (min(page_seconds(history, each, SETS)[0] for _ in range(5)) for each in (90_000, 50_000))
    assert large < 5 * small, f"{large * 1000:.1f} ms instead of {small * 1000:.1f} ms"
    print(
        f"{SETS} changes: {large * 1000:.1f} ms out of large imports, {small * 1000:.1f} ms out of small ones"
    )
