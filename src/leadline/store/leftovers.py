"""What lies in a store and belongs to no subscription of its directory, for `leadline check`."""

from collections.abc import Iterator

from leadline.errors import StoreBusyError, StoreFaultError
from leadline.model.instants import render_instant
from leadline.store import removals
from leadline.store.data_folder import SUBSCRIPTIONS
from leadline.store.directory import Stores
from leadline.store.postgres_removal import schemas_of_subscriptions

_ADVICE = "Where it was to become one, run `leadline setup` with its file; else remove it"


def left_behind(stores: Stores) -> Iterator[str]:
    """Yield a sentence for each removal that has not ended, and for each store of no subscription."""
    try:
        begun = removals.begun(stores)
        for munchkin_id, removal in begun.items():
            since = render_instant(removal.begun_at)
            yield (
                f"The removal of subscription {munchkin_id}, begun at {since}, has not ended. "
                f"Run: leadline subscriptions remove {munchkin_id}"
            )
        known = {entry.location for entry in stores.directory().values()}
        known |= {removal.location for removal in begun.values()}
        if stores.is_embedded:
            yield from _files(stores, {each.name for each in known if each.is_file})
        else:
            yield from _schemas(stores, {each.name for each in known if not each.is_file})
    except (StoreBusyError, StoreFaultError) as error:
        yield f"It cannot be told whether {stores.where} holds what belongs to no subscription: {error}"


def _files(stores: Stores, known: set[str]) -> Iterator[str]:
    """Yield those whose name up to the first dot is that of no store."""
    stems = {name.partition(".")[0] for name in known}
    for path in sorted((stores.folder / SUBSCRIPTIONS).glob("*")):
        if f"{SUBSCRIPTIONS}/{path.name.partition('.')[0]}" not in stems:
            yield f"{path} belongs to no subscription. {_ADVICE}."


def _schemas(stores: Stores, known: set[str]) -> Iterator[str]:
    with stores.control.read_once() as session:
        found = schemas_of_subscriptions(session)
    for name in found:
        if name not in known:
            yield (
                f"The schema {name} in {stores.where} belongs to no subscription of this directory. "
                f"{_ADVICE}, unless another directory has it."
            )
