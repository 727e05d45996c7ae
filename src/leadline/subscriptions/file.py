"""The subscription file: checked whole before anything is applied."""

import difflib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from leadline.errors import OperatorError
from leadline.schema.leads import CUSTOM_FIELDS_MAX
from leadline.schema.members import CUSTOM_FIELDS_MAX as MEMBER_FIELDS_MAX
from leadline.schema.objects import OBJECTS_MAX
from leadline.subscriptions.file_faults import faults_across, keys_at, yaml_path
from leadline.subscriptions.file_parts import (
    ChannelPart,
    CompanyPart,
    CredentialPart,
    CustomObjectPart,
    FieldPart,
    ListPart,
    Name,
    OwnLimits,
    OwnRules,
    ProgramPart,
    SalesPersonPart,
)

_FILE_BYTES_MAX = 16 * 1024 * 1024


class SubscriptionFile(BaseModel):
    """A whole subscription file."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    munchkin_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{3}-[0-9A-Za-z]{3}-[0-9A-Za-z]{3}$")]
    store: str | None = Field(None, pattern=r"^postgres(ql)?://")
    partitions: list[Name] = Field(default_factory=lambda: ["Default"], min_length=1)
    credentials: list[CredentialPart] = []
    lead_fields: Annotated[list[FieldPart], Field(max_length=CUSTOM_FIELDS_MAX)] = []
    program_member_fields: Annotated[list[FieldPart], Field(max_length=MEMBER_FIELDS_MAX)] = []
    lists: list[ListPart] = []
    channels: list[ChannelPart] = []
    programs: list[ProgramPart] = []
    custom_objects: Annotated[list[CustomObjectPart], Field(max_length=OBJECTS_MAX)] = []
    companies: list[CompanyPart] = []
    sales_persons: list[SalesPersonPart] = []
    limits: OwnLimits = {}
    rules: OwnRules = {}


def parse_subscription(document: object) -> SubscriptionFile:
    """Check a document read from YAML; raises `OperatorError` naming every fault by its path."""
    return _checked(document, [])


def _checked(document: object, faults: list[str]) -> SubscriptionFile:
    """Return the file unless it has faults, those known already or others."""
    parsed: SubscriptionFile | None = None
    try:
        parsed = SubscriptionFile.model_validate(document)
    except ValidationError as error:
        faults += [f"{yaml_path(fault['loc'])}: {_sentence(fault)}" for fault in error.errors()]
    faults += faults_across(document)
    if parsed is None or faults:
        raise OperatorError("The subscription file is refused; fix this:\n  " + "\n  ".join(faults))
    return parsed


def _sentence(fault: ErrorDetails) -> str:
    if fault["type"] != "extra_forbidden":
        return fault["msg"].removeprefix("Value error, ")
    *path, name = fault["loc"]
    nearest = difflib.get_close_matches(str(name), keys_at(SubscriptionFile, path), 1, 0)
    return f"there is no such key; the nearest is '{nearest[0]}'"


def read_subscription(path: Path) -> SubscriptionFile:
    """Read and check a subscription file; raises `OperatorError`."""
    return _checked(*_document(_text_of(path), str(path)))


def read_document(path: Path) -> dict[str, Any]:
    """Read a subscription file of which parts are to be changed before it is checked."""
    return document_of(_text_of(path), str(path))


def document_of(text: str, name: str) -> dict[str, Any]:
    """Return what a subscription file says, unchecked but for its form; `name` stands in the sentence."""
    document, repeated = _document(text, name)
    if not isinstance(document, dict) or repeated:
        raise OperatorError(f"{name}: {'; '.join(repeated) or 'it must be a mapping of sections'}.")
    return document


def _text_of(path: Path) -> str:
    try:
        return _bytes_of(path).decode("utf-8")
    except OSError as error:
        raise OperatorError(f"Cannot read {path}: {error.strerror}. Check the path.") from error
    except ValueError as error:
        raise OperatorError(f"{path} is not a YAML file in UTF-8; fix it: {error}.") from error


def _document(text: str, name: str) -> tuple[Any, list[str]]:
    """Return what a YAML text says, and the keys that stand twice in it."""
    from leadline.subscriptions.file_text import read_yaml  # 10 ms, for which few starts have a use

    return read_yaml(text, name)


def _bytes_of(path: Path) -> bytes:
    """Return what a file holds, or a pipe that the shell opened; other pipes and devices may never end."""
    if path.stat() and not (path.is_file() or (path.is_fifo() and path.resolve().is_relative_to("/proc"))):
        raise OperatorError(f"{path} is no file. Give one, or a pipe as /dev/stdin.")
    with path.open("rb") as file:
        content = file.read(_FILE_BYTES_MAX + 1)
    if len(content) > _FILE_BYTES_MAX:
        raise OperatorError(f"{path} is beyond {_FILE_BYTES_MAX} bytes. Import records instead.")
    return content
