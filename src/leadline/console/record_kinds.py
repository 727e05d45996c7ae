"""The kinds of records that a person at the console may look at, and how they are found by a key."""

from leadline.api.endpoint import READ_COMPANY, READ_LEAD, READ_OBJECT, READ_SALES_PERSON
from leadline.console.visit import Visit
from leadline.errors import ACCESS_DENIED, INVALID_VALUE, OBJECT_NOT_FOUND, ServiceError
from leadline.lead_database.objects import Query
from leadline.lead_database.paging import Window
from leadline.model.dataclass import dataclass
from leadline.model.records import Values
from leadline.schema.accounts import ACCOUNTS
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.leads import COMPANY, LEAD, SALES_PERSON

FOUND_MAX = 50
_ACCOUNTS = {COMPANY: ("company", READ_COMPANY), SALES_PERSON: ("sales person", READ_SALES_PERSON)}
_SHOWN_OF_PEOPLE = ("id", "email", "firstName", "lastName", "updatedAt")


@dataclass(frozen=True, slots=True)
class RecordKind:
    """An object type as pages speak of it: `noun` is what one of its records is called.

    Where its reader `reads_people` not, none is found by the key of a person: that would tell who there is.
    """

    object_type: ObjectType
    noun: str
    title: str
    reads_people: bool

    @property
    def name(self) -> str:
        """The object type's name."""
        return self.object_type.name

    @property
    def is_lead(self) -> bool:
        """Whether its records are people."""
        return self.name == LEAD

    @property
    def keys(self) -> list[Field]:
        """The fields by which records can be found, the id and the dedupe fields first."""
        own = self.object_type
        first = {own.id_name: 0, "email": 1, **dict.fromkeys(own.dedupe, 1)}
        keys = [each for each in own.searchable if self.reads_people or not is_of_person(each)]
        return sorted(keys, key=lambda each: first.get(each.name, 2))


def is_of_person(field: Field) -> bool:
    """Tell whether a field holds the key of a person."""
    return field.link is not None and field.link.table == LEAD


@dataclass(frozen=True, slots=True)
class Found:
    """Records that a key has found, and whether there are more."""

    kind: RecordKind
    records: list[Values]
    has_more: bool


def kinds_to_read(visit: Visit) -> list[RecordKind]:
    """Return the kinds whose records the caller may read."""
    kinds, reads_people = [], visit.may(*READ_LEAD)
    if reads_people:
        people = visit.services.leads.object_type(visit.caller)
        kinds.append(RecordKind(people, "person", "People", reads_people))
    if visit.may(*READ_OBJECT):
        customs = visit.services.objects.custom_types(visit.caller, ())
        kinds += [RecordKind(each, "record", each.display_name, reads_people) for _, each in customs]
    return kinds + [
        RecordKind(ACCOUNTS[name](), noun, f"{noun} records".capitalize(), reads_people)
        for name, (noun, permissions) in _ACCOUNTS.items()
        if visit.may(*permissions)
    ]


def kind_named(visit: Visit, name: str) -> RecordKind:
    """Return a kind that is no lead by its object type's name; raises `ServiceError` 603 or 1013."""
    permissions = _ACCOUNTS[name][1] if name in _ACCOUNTS else READ_OBJECT
    visit.services.tokens.permit(visit.caller, permissions)
    reads_people = visit.may(*READ_LEAD)
    if name in ACCOUNTS:
        noun = _ACCOUNTS[name][0]
        return RecordKind(ACCOUNTS[name](), noun, noun.capitalize(), reads_people)
    if name.lower() in _ACCOUNTS:
        raise ServiceError(OBJECT_NOT_FOUND)
    _, object_type = visit.services.objects.custom_type(visit.caller, name)
    return RecordKind(object_type, "record", object_type.display_name, reads_people)


def may_read(visit: Visit, object_type: ObjectType) -> bool:
    """Tell whether the caller may read the records of an object type."""
    if object_type.name == LEAD:
        return visit.may(*READ_LEAD)
    return visit.may(*(_ACCOUNTS[object_type.name][1] if object_type.name in _ACCOUNTS else READ_OBJECT))


def find_records(visit: Visit, chosen: str, value: str) -> Found:
    """Return the records that a key finds; `chosen` is an object type and a field of it, a dot between.

    Raises `ServiceError` 603 for a kind that the caller may not read, 1001 for what is no value of the field.
    """
    name, _, field_name = chosen.rpartition(".")
    kind = next((each for each in kinds_to_read(visit) if each.name == name), None)
    if kind is None:
        raise ServiceError(ACCESS_DENIED)
    key = next((each for each in kind.keys if each.name == field_name), None)
    if key is None:
        raise ServiceError(INVALID_VALUE, value=field_name, type="field by which records are found")
    window = Window(FOUND_MAX, None)
    if kind.is_lead:
        page = visit.services.leads.filtered(visit.caller, key.name, [value], _SHOWN_OF_PEOPLE, window)
    else:
        query = Query(key.name, [value], None, (), window)
        page = visit.services.objects.query(visit.caller, name, query)
    return Found(kind, page.items, page.next_page_token is not None)
