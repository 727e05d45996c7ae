"""The subscription file: checked whole before anything is applied."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from leadline.errors import OperatorError
from leadline.schema.exact_json import exact_number
from leadline.schema.leads import CUSTOM_FIELDS_MAX
from leadline.schema.members import CUSTOM_FIELDS_MAX as MEMBER_FIELDS_MAX
from leadline.schema.objects import OBJECTS_MAX
from leadline.subscriptions.file_faults import faults_across, repeated_keys, yaml_path
from leadline.subscriptions.file_parts import (
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

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")


class _Loader(yaml.SafeLoader):
    """A safe loader whose numbers stay what they are."""

    def construct_number(self, node: yaml.ScalarNode) -> Decimal | float:
        """Return a number with a fraction; YAML can write one in more ways than `Decimal` reads."""
        text = str(self.construct_scalar(node))
        return exact_number(text) if _PLAIN_NUMBER.fullmatch(text) else self.construct_yaml_float(node)


_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_number)


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
        raise OperatorError("The subscription file is refused; fix this:\n  " + "\n  ".join(faults))
    return parsed


def read_subscription(path: Path) -> SubscriptionFile:
    """Read and check a subscription file; raises `OperatorError`."""
    try:
        text = path.read_text("utf-8")
        document = yaml.load(text, _Loader)  # a safe one
        repeated = list(repeated_keys(yaml.compose(text, yaml.SafeLoader)))
    except OSError as error:
        raise OperatorError(f"Cannot read {path}: {error.strerror}. Check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise OperatorError(f"{path} is not a YAML file in UTF-8; fix it: {why}.") from error
    return _checked(document, repeated)
