"""What roles may do in a schema beside its owner, and how they are let in.

A role that is let in may use later tables as well: custom objects, new fields and upgrades make some.
"""

from collections.abc import Sequence

from leadline.model.dataclass import dataclass
from leadline.store.base import Session


@dataclass(frozen=True, slots=True)
class Missing:
    """What a role lacks in a schema; `closed` names the tables, and is blank when it may use them all."""

    owner: str
    enters: bool
    closed: str
    grants: tuple[str, ...]
    """The statements that let it in now."""

    lasting: tuple[str, ...]
    """These, and the one that lets it at later tables which the role that works here makes as an owner."""


def roles_let_in(session: Session, schema: str) -> list[str]:
    """Return the roles beside the owner that may do with the rows of a schema what the program does."""
    return [each["role"] for each in session.rows("roles_let_in", schema=schema)]


def missing(session: Session, schema: str, role: str) -> Missing | None:
    """Return what a role lacks in a schema, None where there is no such role or schema."""
    found = session.row("rights_of_role", schema=schema, role=role)
    if found is None:
        return None
    closed = found["closed"] or ""
    grants = [found["to_enter"]] if not found["enters"] else []
    grants += [found["to_use"]] if closed else []
    later = [found["to_keep"]] if found["is_owner"] and not found["keeps"] else []
    return Missing(found["owner"], found["enters"], closed, tuple(grants), (*grants, *later))


def grant(session: Session, schema: str, roles: Sequence[str]) -> None:
    """Let roles read and write the rows of a schema, now and in later tables, as far as they may not yet.

    Raises `StoreDeniedError` where the role that works here may not grant it.
    """
    for role in roles:
        lacks = missing(session, schema, role)
        for statement in lacks.lasting if lacks else ():
            session.run_built(statement, {})
