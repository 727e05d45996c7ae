"""Use case: programs and the channels whose statuses their members go through (contract §9.7)."""

from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from leadline.errors import (
    FOLDER_INCOMPATIBLE,
    FOLDER_NOT_FOUND,
    INVALID_DATE,
    NO_DATA_FOUND,
    PARAMETER_MISSING,
    RULE_VIOLATED,
    ServiceError,
)
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.subscription_time import SubscriptionTime
from leadline.schema.programs import ITEMS_MAX, Channel, Cost, Program, ProgramDetails, Tag, merged_tags
from leadline.store import lists, programs, records
from leadline.store.base import Session
from leadline.store.directory import Stores

_KINDS = {"tags": list[Tag], "costs": list[Cost]}


@dataclass(frozen=True, slots=True)
class ProgramChange:
    """What a call says of a program; None is what it does not say. Tags and costs are JSON, unchecked."""

    name: str | None = None
    description: str | None = None
    tags: object = None
    costs: object = None
    replaces_costs: bool = False

    def applied_to(self, known: ProgramDetails) -> ProgramDetails:
        """Return the changed program: tags are set by their type, costs come behind the known ones.

        Raises `ServiceError` 704, 709 or 1002.
        """
        tags = merged_tags(known.tags, _checked("tags", self.tags))
        kept = [] if self.replaces_costs else known.costs or []
        costs = kept + _checked("costs", self.costs)
        for name, items in (("tags", tags), ("costs", costs)):
            if len(items) > ITEMS_MAX:
                raise ServiceError(RULE_VIOLATED, why=f"{name}: a program has {ITEMS_MAX} at most")
        description = known.description if self.description is None else self.description
        return ProgramDetails(self.name or known.name, description, tags or None, costs or None)


@lru_cache
def _adapter(name: str) -> TypeAdapter[Any]:
    """Return what checks tags or costs; it takes 4 ms to be made, which no start need wait for."""
    return TypeAdapter(_KINDS[name])


def _checked(name: str, items: object) -> list[dict[str, Any]]:
    """Return tags or costs of a call as answers show them."""
    try:
        found = _adapter(name).validate_python([] if items is None else items)
    except ValidationError as error:
        fault = error.errors()[0]
        number, *member = fault["loc"] or (None,)
        where = name if number is None else ".".join((f"{name}[{number}]", *map(str, member)))
        if fault["type"] == "missing":
            raise ServiceError(PARAMETER_MISSING, name=where) from None
        why = f"{where}: {fault['msg'].removeprefix('Value error, ')}"
        raise ServiceError(INVALID_DATE if member == ["startDate"] else RULE_VIOLATED, why=why) from None
    return [each.shown() for each in found]


class Programs:
    """The programs of a subscription."""

    def __init__(self, stores: Stores, time: SubscriptionTime) -> None:
        self._stores = stores
        self._time = time

    def all(self, caller: Caller) -> list[Program]:
        """Return the programs by id."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return programs.programs(session)

    def one(self, caller: Caller, program_id: int) -> Program | None:
        """Return a program, or None."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return programs.find_program(session, program_id)

    def named(self, caller: Caller, name: str) -> Program | None:
        """Return the program of that name in any case, or None."""
        with self._stores.subscription(caller.munchkin_id).read_once() as session:
            return programs.find_program_named(session, name)

    def channels(self, caller: Caller) -> list[Channel]:
        """Return the channels by id."""
        with self._stores.subscription(caller.munchkin_id).read() as session:
            return programs.channels(session)

    def create(
        self,
        caller: Caller,
        program_type: str,
        channel_name: str,
        folder: tuple[str, int],
        change: ProgramChange,
    ) -> Program:
        """Create a program; raises `ServiceError` 704, 709, 710, 711 or 1002."""
        details = change.applied_to(ProgramDetails("", None, None, None))
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            if folder[0] != "Folder":
                raise ServiceError(FOLDER_INCOMPATIBLE)
            if folder[1] not in {each.id for each in lists.folders(session)}:
                raise ServiceError(FOLDER_NOT_FOUND)
            folded = channel_name.lower()
            channel = next((each for each in programs.channels(session) if each.name.lower() == folded), None)
            if channel is None:
                raise ServiceError(RULE_VIOLATED, why="there is no channel of that name")
            if channel.program_type.lower() != program_type.lower():
                raise ServiceError(RULE_VIOLATED, why="the channel is for programs of another type")
            _check_name(session, details.name, None)
            own_id = programs.add_program(
                session, None, details, channel, self._time.now(caller.munchkin_id), folder[1]
            )
            return _find(session, own_id)

    def change(self, caller: Caller, program_id: int, change: ProgramChange) -> Program:
        """Rename or describe a program, set tags, add costs; raises `ServiceError` 702, 704, 709 or 1002."""
        with self._stores.subscription(caller.munchkin_id).write() as session:
            records.take_writer(session)
            known = _find(session, program_id).details
            details = change.applied_to(known)
            if details != known:
                _check_name(session, details.name, program_id)
                programs.change_program(session, program_id, details, self._time.now(caller.munchkin_id))
            return _find(session, program_id)


def _find(session: Session, program_id: int) -> Program:
    program = programs.find_program(session, program_id)
    if program is None:
        raise ServiceError(NO_DATA_FOUND)
    return program


def _check_name(session: Session, name: str, own_id: int | None) -> None:
    holder = programs.find_program_named(session, name)
    if holder is not None and holder.id != own_id:
        raise ServiceError(RULE_VIOLATED, why="there is a program of that name")
