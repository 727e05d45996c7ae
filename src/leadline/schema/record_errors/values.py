"""Errors of the values of a row or record (contract §7.3, §8, §13)."""

from leadline.schema.record_errors.error import CALLS, EITHER, FAILURE, WARNING, RecordError

MISSING_LOOKUP_VALUE = RecordError(
    "Value for lookup field '{name}' not found",
    "1003",
    FAILURE,
    "The lookup field has no value, or a link field of a custom object has one that finds no record.",
    "Give the field a value; import what it points to first.",
)
MISSING_DEDUPE_FIELDS = RecordError(
    "missing.dedupe.fields",
    "1003",
    FAILURE,
    "One of the fields that make the record unique has no value.",
    "Give each of them a value.",
)
INVALID_TYPE = RecordError(
    "Invalid data type in field {field}",
    None,
    FAILURE,
    "The value is none of the field's type.",
    "Write a number as 1234 or 12.5, a day as 2025-12-31, yes or no as true or false; "
    "the reference of values has all forms.",
)
INVALID_VALUE = RecordError(
    "Invalid value '{value}'. Required of type '{type}'",
    "1001",
    CALLS,
    "The value is none of the field's type.",
    "Send a value of that type.",
)
TOO_LONG = RecordError(
    "Value too long in field {field}",
    "1003",
    EITHER,
    "The text is longer than its field; it fails, or is cut where the server says so.",
    "Shorten the value.",
)
INVALID_EMAIL = RecordError(
    "Invalid email address",
    None,
    WARNING,
    "The value of an email field is no address; it is kept as it is.",
    "Correct the address.",
)
AMBIGUOUS_DATE = RecordError(
    "Ambiguous date in field {field}",
    None,
    EITHER,
    "The date may be month first or day first, and others of its column can be day first only.",
    "Write dates as YYYY-MM-DD.",
)
PARAMETER_MISSING = RecordError(
    "Missing value for the required parameter '{name}'",
    "1002",
    CALLS,
    "The record lacks a member that it must have.",
    "Send the member.",
)
INVALID_DATA = RecordError(
    "Invalid data, {why}",
    "1003",
    CALLS,
    "What the message names cannot be kept.",
    "Fix what the message names.",
)
FIELD_NOT_FOUND = RecordError(
    "Field '{name}' not found",
    "1006",
    CALLS,
    "The record names a field that does not exist.",
    "Ask describe for the names.",
)
COMPANY_READ_ONLY = RecordError(
    "Company update not allowed",
    "1021",
    CALLS,
    "The record of a lead names an attribute of its company.",
    "Sync the company, and link the lead to it by externalCompanyId.",
)
ID_NEEDS_UPDATE = RecordError(
    "Field '{name}' needs the action updateOnly",
    "1003",
    CALLS,
    "The record names its id beside its key, and may be a new one.",
    "Leave the id out, or send updateOnly.",
)
ANOTHER_ID = RecordError(
    "Value of field '{name}' is another record's",
    "1003",
    CALLS,
    "The record's id and its key are those of two records.",
    "Send one of the two.",
)
ANOTHER_PROGRAM = RecordError(
    "Value of field 'programId' is another program's",
    "1003",
    CALLS,
    "The record names another program than the path.",
    "Leave programId out.",
)
TWO_RECORDS = RecordError(
    "Invalid data, its id and its key are two records'",
    "1003",
    CALLS,
    "A record that is to be deleted is named by an id and a key that are two records'.",
    "Send one of the two.",
)
KEY_CHANGES = RecordError(
    "Value of field '{name}' cannot change",
    "1003",
    CALLS,
    "The record would change a field that stays as it was when the record was created.",
    "Leave the field out.",
)
TOO_MANY_FIELDS = RecordError(
    "No more than {limit} fields can be created",
    "1003",
    CALLS,
    "The object type has all the fields that calls may create.",
    "Use a field that exists.",
)
