"""Use case: programs and the channels whose statuses their members go through (contract §9.7)."""

from leadline import clock
from leadline.errors import FOLDER_INCOMPATIBLE, FOLDER_NOT_FOUND, RULE_VIOLATED, ServiceError
from leadline.model import Caller
from leadline.store import lists, programs, records
from leadline.store.base import Row
from leadline.store.connect import Stores
from leadline.store.programs import Channel


class Programs:
    """The programs of a subscription."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def all(self, caller: Caller) -> list[Row]:
        """Return the programs by id."""
        with self._stores.subscription(caller.munchkin_id).glance() as session:
            return programs.programs(session)

    def one(self, caller: Caller, program_id: int) -> Row | None:
        """Return a program, or None."""
        with self._stores.subscription(caller.munchkin_id).glance() as session:
            return programs.find_program(session, program_id)

    def named(self, caller: Caller, name: str) -> Row | None:
        """Return the program of that name in any case, or None."""
        with self._stores.subscription(caller.munchkin_id).glance() as session:
            return programs.find_program_named(session, name)

    def channels(self, caller: Caller) -> list[Channel]:
        """Return the channels by id."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return programs.channels(session)

    def create(
        self,
        caller: Caller,
        name: str,
        program_type: str,
        channel_name: str,
        folder: tuple[str, int],
        description: str | None,
    ) -> Row:
        """Create a program; raises `ServiceError` 709, 710 or 711."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            if folder[0] != "Folder":
                raise ServiceError(FOLDER_INCOMPATIBLE)
            if folder[1] not in {row["id"] for row in lists.folders(session)}:
                raise ServiceError(FOLDER_NOT_FOUND)
            folded = channel_name.lower()
            channel = next((each for each in programs.channels(session) if each.name.lower() == folded), None)
            if channel is None:
                raise ServiceError(RULE_VIOLATED, why="there is no channel of that name")
            if channel.program_type.lower() != program_type.lower():
                raise ServiceError(RULE_VIOLATED, why="the channel is for programs of another type")
            if programs.find_program_named(session, name) is not None:
                raise ServiceError(RULE_VIOLATED, why="there is a program of that name")
            own_id = programs.add_program(session, None, name, channel, clock.now(), description, folder[1])
            found = programs.find_program(session, own_id)
            assert found is not None, "what was added is there"
            return found
