"""Static lists, and the folders that lists and programs lie in (contract §9.5, §9.6)."""

from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class StaticList:
    """A static list; its folder is a folder or a program, times are epoch seconds."""

    id: int
    name: str
    description: str | None
    folder_type: str
    folder_id: int
    program_name: str | None
    created_at: int
    updated_at: int

    @property
    def folder(self) -> tuple[str, int]:
        """The folder's type, `Folder` or `Program`, and its id."""
        return self.folder_type, self.folder_id


@dataclass(frozen=True, slots=True)
class ListMembership:
    """That a lead is on a static list, since an instant in epoch seconds."""

    list_id: int
    added_at: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder; one without a parent is an area. Times are epoch seconds."""

    id: int
    name: str
    parent_id: int | None
    created_at: int
    updated_at: int
