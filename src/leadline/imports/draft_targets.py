"""Use case: what a file may be imported into, for a person to choose from."""

from leadline.merging.targets import open_partitions
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.schema.members import NOT_IN_PROGRAM
from leadline.store import catalog, lists, objects, programs
from leadline.store.directory import Stores

CHOICES_MAX = 1_000
"""So many lists or programs are offered; the id of a further one can be typed."""


@dataclass(frozen=True, slots=True)
class ImportTargets:
    """What there is: fields that find people, lists, partitions, programs, their statuses, custom objects.

    Each is its name or id in a form, and what people call it.
    """

    lookup_fields: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, str], ...]
    partitions: tuple[str, ...]
    programs: tuple[tuple[str, str], ...]
    statuses: tuple[str, ...]
    objects: tuple[tuple[str, str], ...]


def import_targets(stores: Stores, caller: Caller) -> ImportTargets:
    """Return what a caller may import into."""
    with stores.subscription(caller.munchkin_id).read() as session:
        people = catalog.load_lead_type(session)
        partitions = catalog.partitions(session)
        opened = open_partitions(caller, partitions)
        channels = programs.channels(session)
        statuses = [each.name for channel in channels for each in channel.statuses]
        return ImportTargets(
            tuple((each.name, each.display_name) for each in people.fields if people.may_look_up(each)),
            tuple((str(each.id), each.name) for each in lists.lists(session)[:CHOICES_MAX]),
            tuple(each.name for each in partitions if opened is None or each.id in opened),
            tuple((str(each.id), each.name) for each in programs.programs(session)[:CHOICES_MAX]),
            tuple(each for each in dict.fromkeys(statuses) if each != NOT_IN_PROGRAM),
            tuple(
                (each.approved.api_name, each.approved.display_name)
                for each in objects.custom_objects(session)
                if each.approved is not None
            ),
        )
