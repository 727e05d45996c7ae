"""What is fixed for a whole import: which column goes where, and by which rules."""

from dataclasses import dataclass
from functools import cached_property

from leadline.config import Rules
from leadline.engine.header import Header, PlannedColumn, plan_columns
from leadline.model import ImportRequest
from leadline.schema.catalog import Field, ObjectType


@dataclass(frozen=True)
class ImportPlan:
    """The plan of one job.

    `columns` are the columns that are read, in file order; `width` is the number of
    header cells, blank and ignored ones included.
    """

    object_type: ObjectType
    header: Header
    columns: tuple[PlannedColumn, ...]
    lookup: Field
    delimiter: str
    rules: Rules

    @property
    def width(self) -> int:
        """How many cells a row should have."""
        return len(self.header.cells)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields that rows of this file assign, in file order."""
        return tuple(column.field for column in self.columns if column.field.column != "id")

    @cached_property
    def links(self) -> tuple[Field, ...]:
        """The assigned fields that point to another object."""
        return tuple(field for field in self.fields if field.link)

    @cached_property
    def compared(self) -> tuple[Field, ...]:
        """The fields whose stored value the engine needs: the assigned ones, and the company
        link when company attributes are assigned.
        """
        company = [field for field in self.object_type.fields if field.link == "company"]
        needs_link = any(field.company for field in self.fields)
        extra = [field for field in company if needs_link and field not in self.fields]
        return self.fields + tuple(extra)

    @property
    def creates(self) -> bool:
        """Whether a key without a record makes one; looking up by id never does."""
        return self.lookup.column != "id"


def plan_import(header: Header, object_type: ObjectType, request: ImportRequest, rules: Rules) -> ImportPlan:
    """Build the plan of a job whose header was accepted when it was created."""
    lookup = object_type.lookup_field(request.lookup_field)
    assert lookup is not None, "a lookup field is checked at creation and fields are never removed"
    return ImportPlan(
        object_type=object_type,
        header=header,
        columns=plan_columns(header, object_type, lookup, ignore_unknown=True),
        lookup=lookup,
        delimiter=request.file_format.delimiter,
        rules=rules,
    )
