"""The subscription file: checked whole before anything is applied."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from leadline.errors import OperatorError
from leadline.schema.leads import CUSTOM_FIELDS_MAX, lead_type
from leadline.schema.members import CUSTOM_FIELDS_MAX as MEMBER_FIELDS_MAX
from leadline.schema.members import member_type
from leadline.schema.objects import OBJECTS_MAX
from leadline.schema.subscription_parts import (
    ChannelPart,
    CompanyPart,
    CredentialPart,
    CustomObjectPart,
    FieldPart,
    ListPart,
    Name,
    ProgramPart,
    SalesPersonPart,
)


class SubscriptionFile(BaseModel):
    """A whole subscription file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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

    def faults_across(self) -> list[str]:
        """Return what only shows when parts are held beside each other, each with its YAML path."""
        named: dict[str, Sequence[str | int]] = {
            "partitions": self.partitions,
            "credentials.name": [part.name for part in self.credentials],
            "credentials.client_id": [part.client_id for part in self.credentials if part.client_id],
            "lead_fields.name": [part.name for part in self.lead_fields],
            "program_member_fields.name": [part.name for part in self.program_member_fields],
            "channels.name": [part.name for part in self.channels],
            "programs.id": [part.id for part in self.programs],
            "programs.name": [part.name for part in self.programs],
            "custom_objects.apiName": [part.api_name for part in self.custom_objects],
            "lists.id": [part.id for part in self.lists],
            "lists.name": [part.name for part in self.lists],
            "companies.externalCompanyId": [part.external_id for part in self.companies],
            "sales_persons.externalSalesPersonId": [part.external_id for part in self.sales_persons],
        }
        faults = [fault for path, names in named.items() for fault in _repeats(path, names)]
        for section, object_type in (("lead_fields", lead_type()), ("program_member_fields", member_type())):
            faults += [
                f"{section}[{number}].name: '{part.name}' is a standard field"
                for number, part in enumerate(getattr(self, section))
                if object_type.field(part.name)
            ]
        faults += [
            f"credentials[{number}].partitions: '{name}' is not among the partitions"
            for number, part in enumerate(self.credentials)
            for name in part.partitions or ()
            if name not in self.partitions
        ]
        return faults


def _repeats(path: str, names: Sequence[str | int]) -> list[str]:
    section, _, key = path.partition(".")
    seen: set[str | int] = set()
    faults = []
    for number, name in enumerate(names):
        folded = name.lower() if isinstance(name, str) else name
        if folded in seen:
            faults.append(f"{section}[{number}]{'.' if key else ''}{key}: '{name}' stands twice")
        seen.add(folded)
    return faults


def _yaml_path(parts: tuple[int | str, ...]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "the file"


def parse_subscription(document: object) -> SubscriptionFile:
    """Check a document read from YAML; raises `OperatorError` naming every fault by its path."""
    try:
        parsed = SubscriptionFile.model_validate(document)
        faults = parsed.faults_across()
    except ValidationError as error:
        faults = [
            f"{_yaml_path(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        ]
    if faults:
        raise OperatorError("The subscription file is refused; mend this:\n  " + "\n  ".join(faults))
    return parsed


def read_subscription(path: Path) -> SubscriptionFile:
    """Read and check a subscription file; raises `OperatorError`."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise OperatorError(f"Cannot read {path}: {error.strerror}. Check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path} is not a YAML file in UTF-8: {error}") from error
    return parse_subscription(document)
