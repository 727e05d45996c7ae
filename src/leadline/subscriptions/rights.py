"""Use case: let roles of PostgreSQL use the stores beside their owner, who sets them up."""

from collections.abc import Sequence
from contextlib import closing

from leadline.errors import OperatorError, StoreBusyError, StoreFaultError
from leadline.model.dataclass import dataclass
from leadline.store.base import Database
from leadline.store.directory import Stores


@dataclass(frozen=True, slots=True)
class Grants:
    """Sentences that say who was let in, what went wrong, and the SQL that only the owner may run."""

    done: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()

    def __add__(self, other: "Grants") -> "Grants":
        return Grants(self.done + other.done, self.left_alone + other.left_alone, self.sql + other.sql)


def let_in(stores: Stores, roles: Sequence[str]) -> Grants:
    """Let roles read and write the rows of the control store and of every subscription.

    Raises `OperatorError` for a role that the control store's server does not have.
    """
    for unknown in stores.control.unknown_roles(roles):
        raise OperatorError(f"{stores.where} has no role {unknown}. Make it: createuser {unknown}")
    grants = _let_into("the control store", stores.control, roles)
    for munchkin_id, entry in stores.directory().items():
        name = f"subscription {munchkin_id}"
        try:
            with closing(stores.database_at(entry.location, "subscription")) as database:
                grants += _let_into(name, database, roles)
        except (StoreBusyError, StoreFaultError) as error:
            grants += Grants(left_alone=(f"{name}: {error}. Run it again when that is fixed",))
    return grants


def pass_on(stores: Stores, munchkin_id: str, database: Database) -> Grants:
    """Let whoever may use the control store use a subscription, too."""
    roles = stores.control.roles()
    return _let_into(f"subscription {munchkin_id}", database, roles) if roles else Grants()


def _let_into(name: str, database: Database, roles: Sequence[str]) -> Grants:
    granted = database.let_in(roles)
    done = (f"role {role} may use {name}" for role in granted.roles)
    unknown = (f"{name}: its server has no role {role}" for role in database.unknown_roles(roles))
    return Grants(tuple(done), tuple(unknown), tuple(granted.left))
