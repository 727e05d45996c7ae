"""The catalogue of record errors: why a row of a file, or a record of a call, is not taken as it was sent.

A file has the plain sentence in its failure or warning file (contract §7.3); a call answers code
and message beside the record (contract §13). Errors of whole calls are in `leadline.errors`.
To add one, add a line here: the reference page of errors shows each.
"""

from dataclasses import dataclass
from typing import NamedTuple

from leadline.model.jobs import IssueKind


class Reason(NamedTuple):
    """What an answer says of one record: the code of an error, and its message with all values filled in."""

    code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class RecordError:
    """One line of the catalogue.

    `template` is the text, with `{name}` for each value. `code` is what calls answer with it, None
    where only files have it. `files` are the kinds of files that show it, none where only calls
    answer it. `when` says what is wrong with the record, `advice` what its sender should do.
    """

    template: str
    code: str | None
    files: tuple[IssueKind, ...]
    when: str
    advice: str

    def message(self, **values: object) -> str:
        """Return the text with these values; raises KeyError when the template has one that is not given."""
        return self.template.format(**values)

    def reason(self, **values: object) -> Reason:
        """Return the code and the message with these values."""
        return Reason(self.code, self.message(**values))


_CALLS: tuple[IssueKind, ...] = ()
_FAILURE, _WARNING = (IssueKind.FAILURE,), (IssueKind.WARNING,)
_EITHER = (IssueKind.FAILURE, IssueKind.WARNING)

INVALID_ROW = RecordError(
    "Invalid row format",
    None,
    _FAILURE,
    "A quote is never closed, or the row is larger than any reader takes.",
    "Close the quote, or shorten the row.",
)
HEADER_REPEATED = RecordError(
    "Header repeated",
    None,
    _FAILURE,
    "The row is the header once more, as where files were put behind each other.",
    "Take the line out.",
)
NO_RECORD = RecordError(
    "Row is no record",
    None,
    _FAILURE,
    "The row is what a database's shell prints below its rows: their count, a line of dashes.",
    "Take the line out.",
)
LONG_ROW = RecordError(
    "Row has more values than the header",
    None,
    _EITHER,
    "The row has more values than there are columns; it fails where the server says so and a value is lost.",
    "Quote values that contain the delimiter.",
)
SHORT_ROW = RecordError(
    "Row has fewer values than the header",
    None,
    _WARNING,
    "The row has fewer values than there are columns and than the first row has; the rest are blank.",
    "Write a delimiter for each blank value.",
)
STRAY_QUOTES = RecordError(
    "Quotes inside a value",
    None,
    _WARNING,
    "A quote stands inside a value that is not quoted, so two values may have become one.",
    "Quote the value and double the quotes inside it.",
)

MISSING_LOOKUP_VALUE = RecordError(
    "Value for lookup field '{name}' not found",
    "1003",
    _FAILURE,
    "The lookup field has no value, or a link field of a custom object has one that finds no record.",
    "Give the field a value; import what it points to first.",
)
MISSING_DEDUPE_FIELDS = RecordError(
    "missing.dedupe.fields",
    "1003",
    _FAILURE,
    "One of the fields that make the record unique has no value.",
    "Give each of them a value.",
)
INVALID_TYPE = RecordError(
    "Invalid data type in field {field}",
    None,
    _FAILURE,
    "The value is none of the field's type.",
    "Write the value as the reference of values says.",
)
INVALID_VALUE = RecordError(
    "Invalid value '{value}'. Required of type '{type}'",
    "1001",
    _CALLS,
    "The value is none of the field's type.",
    "Send a value of that type.",
)
TOO_LONG = RecordError(
    "Value too long in field {field}",
    "1003",
    _EITHER,
    "The text is longer than its field; it fails, or is cut where the server says so.",
    "Shorten the value.",
)
INVALID_EMAIL = RecordError(
    "Invalid email address",
    None,
    _WARNING,
    "The value of an email field is no address; it is kept as it is.",
    "Correct the address.",
)
AMBIGUOUS_DATE = RecordError(
    "Ambiguous date in field {field}",
    None,
    _EITHER,
    "The date may be month first or day first, and others of its column can be day first only.",
    "Write dates as YYYY-MM-DD.",
)
PARAMETER_MISSING = RecordError(
    "Missing value for the required parameter '{name}'",
    "1002",
    _CALLS,
    "The record lacks a member that it must have.",
    "Send the member.",
)
INVALID_DATA = RecordError(
    "Invalid data, {why}",
    "1003",
    _CALLS,
    "What the message names cannot be kept.",
    "Fix what the message names.",
)
FIELD_NOT_FOUND = RecordError(
    "Field '{name}' not found",
    "1006",
    _CALLS,
    "The record names a field that does not exist.",
    "Ask describe for the names.",
)
COMPANY_READ_ONLY = RecordError(
    "Company update not allowed",
    "1021",
    _CALLS,
    "The record of a lead names an attribute of its company.",
    "Sync the company, and link the lead to it by externalCompanyId.",
)
ID_NEEDS_UPDATE = RecordError(
    "Field '{name}' needs the action updateOnly",
    "1003",
    _CALLS,
    "The record names its id beside its key, and may be a new one.",
    "Leave the id out, or send updateOnly.",
)
ANOTHER_ID = RecordError(
    "Value of field '{name}' is another record's",
    "1003",
    _CALLS,
    "The record's id and its key are those of two records.",
    "Send one of the two.",
)
ANOTHER_PROGRAM = RecordError(
    "Value of field 'programId' is another program's",
    "1003",
    _CALLS,
    "The record names another program than the path.",
    "Leave programId out.",
)
TWO_RECORDS = RecordError(
    "Invalid data, its id and its key are two records'",
    "1003",
    _CALLS,
    "A record that is to be deleted is named by an id and a key that are two records'.",
    "Send one of the two.",
)
KEY_CHANGES = RecordError(
    "Value of field '{name}' cannot change",
    "1003",
    _CALLS,
    "The record would change a field that stays as it was when the record was created.",
    "Leave the field out.",
)
TOO_MANY_FIELDS = RecordError(
    "No more than {limit} fields can be created",
    "1003",
    _CALLS,
    "The object type has all the fields that calls may create.",
    "Use a field that exists.",
)

LEAD_NOT_FOUND = RecordError(
    "Lead not found",
    "1004",
    _FAILURE,
    "No lead has this id or key, or its partition is closed to the caller who reads or deletes.",
    "Check the id or key.",
)
OBJECT_NOT_FOUND = RecordError(
    "Object not found",
    "1013",
    _CALLS,
    "No record has this id or key, or the record links to one that does not exist.",
    "Check the id or key.",
)
RECORD_NOT_FOUND = RecordError(
    "Record not found",
    "1013",
    _CALLS,
    "No company or sales person that is to be deleted has this id or key.",
    "Check the id or key.",
)
MEMBERSHIP_NOT_FOUND = RecordError(
    "Membership not found",
    "1013",
    _CALLS,
    "The lead is not in the program.",
    "Bring the lead into the program.",
)
COMPANY_NOT_FOUND = RecordError(
    "ExternalCompanyID not found",
    "1013",
    _FAILURE,
    "No company has the external id that the record links to.",
    "Sync the company first.",
)
SALES_PERSON_NOT_FOUND = RecordError(
    "ExternalSalesPersonID not found",
    "718",
    _FAILURE,
    "No sales person has the external id that the record links to; a call is refused as a whole.",
    "Sync the sales person first.",
)
LEAD_EXISTS = RecordError(
    "Lead already exists",
    "1005",
    _CALLS,
    "The action is createOnly and the key finds a lead, or a record before this one has the key.",
    "Send createOrUpdate.",
)
OBJECT_EXISTS = RecordError(
    "Object already exists",
    "1017",
    _CALLS,
    "The action is createOnly and the key finds a record, or a field that is to be created exists.",
    "Send createOrUpdate, or choose another name.",
)
SEVERAL_MATCH = RecordError(
    "Multiple leads match the lookup criteria",
    "1007",
    _FAILURE,
    "The key finds more than one lead.",
    "Look leads up by a field that is unique, or merge them.",
)
REPEATED_RECORD = RecordError(
    "Duplicate object found in input",
    "1036",
    _CALLS,
    "A record before this one in the call has the same key.",
    "Send each record once.",
)
PARTITION_CLOSED = RecordError(
    "Access denied to partition '{name}'",
    "1008",
    _FAILURE,
    "The lead is in a partition that is closed to the caller, or is to be moved to one.",
    "Open the partition to the credential, or name another.",
)
OTHER_PARTITION = RecordError(
    "Partition update not allowed",
    "1010",
    _FAILURE,
    "The lead is in another partition than the one that the call names.",
    "Name the lead's partition, or move the lead first.",
)
PAST_STATUS = RecordError(
    "Lead skipped because it is already in or past this status",
    "1037",
    _WARNING,
    "The member has the status or a later one already.",
    "Choose a later status, or leave the member as it is.",
)
NOT_IN_PROGRAM = RecordError(
    "Lead not in program", "1037", _CALLS, "The lead is not in the program.", "Nothing is to be done."
)
NOT_IN_LIST = RecordError(
    "Lead not in list", "1015", _CALLS, "The lead is not on the list.", "Nothing is to be done."
)
IN_USE = RecordError(
    "Object in use",
    "1022",
    _CALLS,
    "Leads or companies link to the record that is to be deleted.",
    "Take these links away first.",
)

RECORD_ERRORS: dict[str, RecordError] = {
    name: each for name, each in list(globals().items()) if isinstance(each, RecordError)
}
"""Every record error by its name here, in the order in which they are written above."""
