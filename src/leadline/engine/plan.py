"""What is fixed for a whole import or call: which field comes from where, and by which rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from leadline.engine.dates import DateDefaults, date_defaults
from leadline.engine.header import Header, PlannedColumn, plan_columns
from leadline.engine.wording import FILE, Wording
from leadline.model.dataclass import dataclass
from leadline.model.jobs import FileFormat, ImportRequest
from leadline.model.records import Action
from leadline.model.rules import Rules
from leadline.schema.catalog import DEDUPE_FIELDS, Field, Key, ObjectType
from leadline.schema.leads import COMPANY
from leadline.schema.record_errors import RecordError

_ID_COLUMNS = ("id", "guid")
PADDED_CELLS_MAX = 100
"""A row that lacks more cells than this is given back as it came, with its reason behind its last cell."""


@dataclass(frozen=True)
class MergePlan:
    """How rows become records of one object type.

    `columns` are those that are read, in their order; some may be fields of another
    object type, which is merged after this one. `today` is the day, in the rules' time zone, by
    which two digits of a year are read; a job keeps the one on which it was made.
    `day_first` are the places of those that hold dates day first among others that may be either.
    """

    object_type: ObjectType
    columns: tuple[PlannedColumn, ...]
    key: Key
    rules: Rules
    today: date
    wording: Wording = FILE
    action: Action = Action.CREATE_OR_UPDATE
    day_first: frozenset[int] = frozenset()

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the object type that rows assign."""
        own = self.object_type
        return tuple(
            each.field
            for each in self.columns
            if own.field(each.field.name) is each.field and each.field.column not in _ID_COLUMNS
        )

    @cached_property
    def identity(self) -> tuple[Field, ...]:
        """The assigned fields that make a record unique."""
        names = [name.lower() for name in self.object_type.dedupe]
        return tuple(field for field in self.fields if field.name.lower() in names)

    @property
    def unchangeable(self) -> tuple[Field, ...]:
        """The fields that are never changed: a stored record must agree with what a row says of them."""
        identity = () if self.key.name == DEDUPE_FIELDS else self.identity
        return (*identity, *(field for field in self.fields if field.fixed and field not in self.identity))

    @cached_property
    def links(self) -> tuple[Field, ...]:
        """The assigned fields that point to another object."""
        return tuple(field for field in self.fields if field.link)

    @cached_property
    def links_to_same_type(self) -> tuple[Field, ...]:
        """The links to the dedupe field of the same type, which rows before theirs may assign.

        What a random id names was there before the file.
        """
        table, columns = self.object_type.table, [each.column for each in self.identity]
        return tuple(
            each
            for each in self.links
            if each.link and each.link.table == table and each.link.column in columns
        )

    @cached_property
    def repeated(self) -> RecordError | None:
        """What is wrong with a row whose key a row before it has; None where rows may share a key."""
        return self.wording.repeated or (self.wording.exists if self.action is Action.CREATE_ONLY else None)

    @cached_property
    def company_link(self) -> Field | None:
        """The field that links to a company, when company attributes are assigned."""
        if not any(field.company for field in self.fields):
            return None
        return next(each for each in self.object_type.fields if each.link and each.link.table == COMPANY)

    @cached_property
    def compared(self) -> tuple[Field, ...]:
        """The fields whose stored value the engine needs: the assigned ones, and the company link."""
        extra = self.company_link
        return self.fields if extra is None or extra in self.fields else (*self.fields, extra)

    @cached_property
    def stored_fields(self) -> tuple[Field, ...]:
        """The fields to ask the store for: the compared ones, and what clients know records by."""
        return (*self.compared, self.object_type.id_field) if self.has_guid else self.compared

    def within(self, width: int) -> "MergePlan":
        """Return the plan of rows that have so many cells at most: without the columns behind these.

        Those are blank in all rows. The key's own stay, and where a blank cell clears its field all do.
        """
        read = tuple(each for each in self.columns if each.index < width or each.field in self.key.fields)
        if self.rules.blank_cells == "clear":
            return self
        return self.reading(read)

    def reading(self, columns: Sequence[PlannedColumn]) -> "MergePlan":
        """Return the plan of some of its columns."""
        return self if len(columns) == len(self.columns) else replace(self, columns=tuple(columns))

    def place_of(self, field: Field) -> int:
        """Return the column of the file, or the member of a call, that an assigned field is read from."""
        return next(each.index for each in self.columns if each.field is field)

    def date_defaults(self, field: Field) -> DateDefaults:
        """Return how dates of a field are read."""
        return date_defaults(field.type, self.rules.time_zone, self.today)

    @property
    def has_guid(self) -> bool:
        """Whether clients know records by a random id beside the number."""
        return self.object_type.id_field.column == "guid"

    @property
    def from_call(self) -> bool:
        """Whether the rows come from a sync call, where what is not sent is not there."""
        return self.wording is not FILE

    @property
    def creates(self) -> bool:
        """Whether a key without a record makes one; looking up by id never does."""
        return self.key.column not in _ID_COLUMNS and self.action is not Action.UPDATE_ONLY


@dataclass(frozen=True)
class FileLayout:
    """How the rows of an upload are laid out: its header, blank and ignored cells included.

    `first_width` is how many cells the first data row has. `escapes_formulas` says whether rows are
    given back so that no spreadsheet computes their cells.
    """

    header: Header
    delimiter: str
    first_width: int
    escapes_formulas: bool = False

    @property
    def width(self) -> int:
        """How many cells a row should have."""
        return len(self.header.cells)

    @property
    def has_reasons(self) -> bool:
        """Whether the file is a failure or warning file that is sent again."""
        return bool(self.header.reasons)

    @property
    def has_guards(self) -> bool:
        """Whether its formulas may have been guarded when it was given back."""
        return self.escapes_formulas and self.has_reasons


def layout_of(
    header: Header, file_format: FileFormat, *, first_width: int | None = None, escapes_formulas: bool = False
) -> FileLayout:
    """Return the layout of a file with this header; its first row is as wide when nothing else is said."""
    width = len(header.cells) if first_width is None else first_width
    return FileLayout(header, file_format.delimiter, width, escapes_formulas)


def plan_import(
    header: Header,
    object_type: ObjectType,
    request: ImportRequest,
    today: date,
    beside: ObjectType | None = None,
) -> MergePlan:
    """Build the plan of a job whose header was accepted when it was created.

    Columns may also be fields of the object type `beside`; a name that both have is the first one's.
    """
    key = object_type.key(request.key)
    assert key is not None, "a key is checked at creation and its fields are never removed"
    return MergePlan(
        object_type=object_type,
        columns=plan_columns(header, object_type, key, ignore_unknown=True, beside=beside),
        key=key,
        rules=request.rules,
        today=today,
    )
