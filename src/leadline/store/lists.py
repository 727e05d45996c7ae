"""Static lists and the folders they lie in."""

import pyarrow as pa

from leadline.model.changes import LIST_MEMBER
from leadline.model.dataclass import dataclass
from leadline.schema.lists import Folder, ListMembership, StaticList
from leadline.schema.types import Storage
from leadline.store.base import Session
from leadline.store.records import next_id, set_next_id

GROUP_LISTS = 3
"""The folder of lists that were put into no other."""


def lists(session: Session) -> list[StaticList]:
    """Return the static lists by id."""
    return [StaticList(**row) for row in session.rows("lists")]


def find_list(session: Session, list_id: int) -> StaticList | None:
    """Return a static list, or None."""
    row = session.row("list_by_id", id=list_id)
    return StaticList(**row) if row else None


def find_lists(session: Session, name: str) -> list[StaticList]:
    """Return the static lists of that name in any case; folders may each have one."""
    return [StaticList(**row) for row in session.rows("lists_by_name", k_name=name.lower())]


def put_list(
    session: Session,
    list_id: int,
    name: str,
    description: str | None,
    now: int,
    folder: tuple[str, int] = ("Folder", GROUP_LISTS),
) -> bool:
    """Add or change a static list; return whether anything was written.

    Raises `StoreConflictError` when its folder has another list of that name.
    """
    found = find_list(session, list_id)
    if found is not None:
        folder = found.folder
        if (found.name, found.description) == (name, description):
            return False
    folder_type, folder_id = folder
    session.run(
        "change_list" if found else "add_list",
        id=list_id,
        name=name,
        k_name=name.lower(),
        k_path=_path(folder, name),
        description=description,
        folder_type=folder_type,
        folder_id=folder_id,
        now=now,
    )
    set_next_id(session, "list", max(next_id(session, "list"), list_id + 1))
    return True


def id_in_folder(session: Session, folder: tuple[str, int], name: str) -> int | None:
    """Return the id of the list of that name, in any case, in a folder, or None."""
    row = session.row("list_by_path", k_path=_path(folder, name))
    return None if row is None else int(row["id"])


def _path(folder: tuple[str, int], name: str) -> str:
    """Return what no two lists share: the folder's type and id, and the name in lower case."""
    return f"{folder[0].lower()}/{folder[1]}/{name.lower()}"


def members_among(session: Session, list_id: int, lead_ids: list[int]) -> set[int]:
    """Return which of the leads are members of the list."""
    columns = {"lead_id": Storage.INTEGER}
    ids = pa.array(lead_ids, pa.int64())
    return set(session.match("list_member", "lead_id", columns, ids, {"list_id": list_id})["key"].to_pylist())


@dataclass(frozen=True, slots=True)
class LoggedMembership:
    """A membership of a lead in a list or a program, and the change set that wrote it last.

    `kind` is the object type under which the log keeps it.
    """

    kind: str
    within: int
    record_id: int
    changed: int


def listed(session: Session, lead_id: int) -> list[LoggedMembership]:
    """Return a lead's memberships in static lists."""
    rows = session.rows("list_memberships_of_lead", lead_id=lead_id)
    return [LoggedMembership(LIST_MEMBER, row["list_id"], lead_id, row["changed"]) for row in rows]


def ended_memberships(session: Session, lead_id: int) -> list[LoggedMembership]:
    """Return the memberships of a lead that have ended, in lists and programs."""
    rows = session.rows("ended_memberships_of_lead", lead_id=lead_id)
    return [
        LoggedMembership(row["object_type"], row["within"], row["record_id"], row["changed"]) for row in rows
    ]


def lists_of_lead(session: Session, lead_id: int, before: int, limit: int) -> list[ListMembership]:
    """Return the lists a lead is a member of, the highest id first, below a list id; 0 is the beginning."""
    rows = session.rows("lists_of_lead", lead_id=lead_id, before=before, limit=limit)
    return [ListMembership(**row) for row in rows]


def folders(session: Session) -> list[Folder]:
    """Return the folders by id."""
    return [Folder(**row) for row in session.rows("folders")]
