"""The subscription file: checked whole before anything is applied."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from leadline.errors import OperatorError
from leadline.schema.leads import CUSTOM_FIELDS_MAX
from leadline.schema.members import CUSTOM_FIELDS_MAX as MEMBER_FIELDS_MAX
from leadline.schema.objects import OBJECTS_MAX
from leadline.schema.subscription_faults import faults_across, repeated_keys, yaml_path
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


def parse_subscription(document: object) -> SubscriptionFile:
    """Check a document read from YAML; raises `OperatorError` naming every fault by its path."""
    return _checked(document, [])


def _checked(document: object, faults: list[str]) -> SubscriptionFile:
    """Return the file unless it has faults, those known already or others."""
    parsed: SubscriptionFile | None = None
    try:
        parsed = SubscriptionFile.model_validate(document)
    except ValidationError as error:
        faults += [
            f"{yaml_path(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        ]
    faults += faults_across(document)
    if parsed is None or faults:
        raise OperatorError("The subscription file is refused; mend this:\n  " + "\n  ".join(faults))
    return parsed


def read_subscription(path: Path) -> SubscriptionFile:
    """Read and check a subscription file; raises `OperatorError`."""
    try:
        text = path.read_text("utf-8")
        document = yaml.safe_load(text)
        repeated = list(repeated_keys(yaml.compose(text, yaml.SafeLoader)))
    except OSError as error:
        raise OperatorError(f"Cannot read {path}: {error.strerror}. Check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise OperatorError(f"{path} is not a YAML file in UTF-8, mend it: {why}.") from error
    return _checked(document, repeated)
