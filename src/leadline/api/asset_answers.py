"""What assets look like in answers: static lists, folders, programs, channels."""

from typing import Literal, NotRequired, TypedDict

from leadline.api.schemas import AssetInstant, Day

FolderKind = Literal["Folder", "Program"]


class AssetTimes(TypedDict):
    """When an asset was created and changed."""

    createdAt: AssetInstant
    updatedAt: AssetInstant


class Described(TypedDict, total=False):
    """The description of an asset that has one."""

    description: str


class AssetId(TypedDict):
    """The asset that was deleted."""

    id: int


class FolderReference(TypedDict):
    """A folder, or a program as one."""

    id: int
    type: FolderKind


class ListAsset(TypedDict):
    """A static list as an asset."""

    id: int
    name: str
    description: NotRequired[str]
    createdAt: AssetInstant
    updatedAt: AssetInstant
    folder: FolderReference
    computedUrl: str


class Folder(TypedDict):
    """A folder, or a program as one."""

    name: str
    description: str | None
    createdAt: AssetInstant
    updatedAt: AssetInstant
    url: str | None
    folderId: FolderReference
    folderType: str
    parent: FolderReference | None
    path: str
    isArchive: bool
    isSystem: bool
    accessZoneId: int
    workspace: str
    id: int


class ProgramFolder(TypedDict):
    """The folder that a program lies in."""

    type: Literal["Folder"]
    value: int
    folderName: str


class Tag(TypedDict):
    """A tag of a program."""

    tagType: str
    tagValue: str


class Cost(TypedDict):
    """What a program cost in a month."""

    startDate: Day
    cost: int
    note: NotRequired[str]


class ProgramHead(TypedDict):
    """What every answer shows of a program."""

    id: int
    name: str
    description: str
    createdAt: AssetInstant
    updatedAt: AssetInstant
    url: str
    type: str
    channel: str
    folder: ProgramFolder
    status: str
    workspace: str


class BrowsedProgram(ProgramHead):
    """A program as a browse shows it, without tags and costs."""

    headStart: bool


class Program(BrowsedProgram):
    """A program with tags and costs; null where they are not asked for, or not there."""

    tags: list[Tag] | None
    costs: list[Cost] | None


class ProgressionStatus(TypedDict):
    """A status that members of a program of the channel may have."""

    name: str
    step: int
    description: str | None
    hidden: bool
    success: bool


class Channel(TypedDict):
    """A channel: the statuses of the programs that belong to it."""

    id: int
    name: str
    applicableProgramType: str
    progressionStatuses: list[ProgressionStatus]
    createdAt: AssetInstant
    updatedAt: AssetInstant
