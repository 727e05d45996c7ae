"""The catalogue of errors: every answer to a whole call that is not a success.

An `Entry` says what goes over the wire; a `ServiceError` is one entry with its
values filled in. `OperatorError` is for the person at the command line: one
sentence that says what to do. Faults of single rows are data, not exceptions.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue (contract §13).

    `code` is the wire code, `template` the message with `{name}` for each value,
    `http_status` the status line (200 for response level errors), `counted`
    whether such an answer counts against rate and quota, `advice` what the
    caller should do.
    """

    code: str
    template: str
    advice: str
    http_status: int = 200
    counted: bool = True


class ServiceError(Exception):
    """A whole call is refused with `entry`; `values` fill its template.

    `why` says more than the template has room for; assets tell it as a warning.
    """

    def __init__(self, entry: Entry, **values: object) -> None:
        self.entry = entry
        self.why = values.get("why")
        self.message = entry.template.format(**values)
        super().__init__(f"{entry.code} {self.message}")


class OperatorError(Exception):
    """The operator's configuration, file or store is wrong; the text says what to do."""


class StoreBusyError(Exception):
    """A lock of the store could not be had in time; the same call may work a moment later."""


class StoreDownError(StoreBusyError):
    """The store's server does not answer, or not as it must; it may be back a moment later."""


class StoreFullError(StoreBusyError):
    """The store's disk is full; the same call works when there is space again."""


class StoreFaultError(Exception):
    """The store refused or failed: a write that failed, a file damaged."""


class StoreDeniedError(StoreFaultError):
    """The database does not let this role do that."""


class StoreMissingError(StoreFaultError):
    """The store of a known subscription is not where the directory says; an empty one would hide the loss."""


class StoreConflictError(StoreFaultError):
    """What was to be made is there already: another was faster, or a guard against doubles has held."""


BODY_TOO_LARGE = Entry(
    "413", "Request Entity Too Large: a body has at most {limit} bytes", "split the call", 413
)
FILE_TOO_LARGE = Entry(
    "413", "Request Entity Too Large: a file has at most {limit} bytes", "split the file", 413
)
URI_TOO_LONG = Entry("414", "Request-URI Too Long", "send the query as POST with _method=GET", 414)

TOKEN_MISSING = Entry("600", "Access token not specified", "send a token", counted=False)
TOKEN_INVALID = Entry("601", "Access token invalid", "ask the identity endpoint anew", counted=False)
TOKEN_EXPIRED = Entry("602", "Access token expired", "ask the identity endpoint anew", counted=False)
ACCESS_DENIED = Entry("603", "Access denied", "give the credential the permission")
TIMED_OUT = Entry("604", "Request timed out", "try again later", counted=False)
METHOD_NOT_SUPPORTED = Entry(
    "605", "Request method '{method}' not supported", "use the documented method", counted=False
)
RATE_EXCEEDED = Entry(
    "606", "Max rate limit '{limit}' exceeded with in '{seconds}' secs", "wait some seconds", counted=False
)
QUOTA_REACHED = Entry("607", "Daily quota reached", "wait until midnight, US Central time")
CONCURRENCY_REACHED = Entry("615", "Concurrent access limit '{limit}' reached", "wait until a call has ended")
UNAVAILABLE = Entry("608", "API Temporarily Unavailable", "try again later", counted=False)
INVALID_JSON = Entry("609", "Invalid JSON", "send well-formed JSON")
NOT_A_RESOURCE = Entry("610", "Requested resource not found", "check the path")
SYSTEM_ERROR = Entry("611", "System error", "tell the operator the requestId", counted=False)
INVALID_CONTENT_TYPE = Entry("612", "Invalid Content Type", "send the documented content type")
INVALID_MULTIPART = Entry("613", "Invalid Multipart Request", "send well-formed multipart/form-data")
UNKNOWN_CHARSET = Entry(
    "613",
    "Invalid Multipart Request, no charset is named '{name}'",
    "name the field's charset, or send UTF-8",
)
TRANSIENT = Entry("713", "Transient Error", "try again")

INVALID_VALUE = Entry("1001", "Invalid value '{value}'. Required of type '{type}'", "send that type")
PARAMETER_MISSING = Entry("1002", "Missing value for the required parameter '{name}'", "send the parameter")
NOT_TEXT = Entry("1003", "The file is {kind}: {cure}", "send a csv, tsv or ssv file")
EMPTY_FILE = Entry("1003", "Empty file", "send a file with a header line")
DUPLICATE_COLUMN = Entry("1003", "Duplicate column '{name}' in header", "name each column once")
HEADER_OPEN = Entry("1003", "Quote still open in header", "close the quote in the header line")
HEADER_TOO_LARGE = Entry("1003", "Header has more than {limit}", "send a header line within the limit")
TOO_MANY_MATCHES = Entry("1003", "Too many results match the filter", "narrow the filter")
TOO_MANY_MEMBERS = Entry(
    "1003",
    "Matching membership size: {count:,} exceeds the limit allowed ({limit:,}) for this api",
    "narrow the filter",
)
TOO_MANY_VALUES = Entry("1003", "More than {limit} values in '{name}'", "split the call")
INVALID_PAGE_TOKEN = Entry("1003", "Invalid nextPageToken", "start again without nextPageToken")
INVALID_ID_LOOKUP = Entry("1003", "Lookup field 'id' needs the action updateOnly", "send updateOnly")
INVALID_DATA = Entry("1003", "Invalid data", "send what the documentation says")
INVALID_DATA_BECAUSE = Entry("1003", "Invalid data, {why}", "mend what the message names")
LEAD_NOT_FOUND = Entry("1004", "Lead '{id}' not found", "check the id")
FIELD_NOT_FOUND = Entry("1006", "Field '{name}' not found", "ask describe for the names")
COLUMNS_NOT_FOUND = Entry("1006", "Field '{name}' not found{rest}", "name the columns as describe does")
LOOKUP_FIELD_NOT_FOUND = Entry("1006", "Lookup field '{name}' not found", "ask describe2 for the names")
PARTITION_DENIED = Entry("1008", "Access denied to partition '{name}'", "name an open partition")
PARTITION_NEEDED = Entry("1009", "Partition name must be specified", "send partitionName")
FIELD_NOT_SUPPORTED = Entry("1011", "Field '{name}' not supported", "ask describe2 for the names")
COOKIE_INVALID = Entry("1012", "Invalid cookie value '{value}'", "send the whole cookie: id:...&token:...")
OBJECT_NOT_FOUND = Entry("1013", "Object not found", "check the id")
PROGRAM_NOT_FOUND = Entry("1013", "Program not found", "check the program's id")
PROGRAM_STATUS_NOT_FOUND = Entry("1025", "Program status not found", "use a status of the program's channel")
SALES_PERSON_NOT_FOUND = Entry("718", "ExternalSalesPersonID not found", "sync the sales person first")
BLANK_PARAMETER = Entry("701", "{name} cannot be blank", "send the parameter")
NO_DATA_FOUND = Entry("702", "No data found for a given search scenario", "check the id or name")
LIST_NOT_FOUND = Entry("702", "Static List not found or it has been deleted", "check the list's id")
RULE_VIOLATED = Entry("709", "Business Rule Violation", "mend what the warning names")
FOLDER_NOT_FOUND = Entry("710", "Parent Folder Not Found", "check the folder")
FOLDER_INCOMPATIBLE = Entry("711", "Incompatible Folder Type", "use a folder or a program")
NOT_ENABLED = Entry(
    "703", "The feature is not enabled for the subscription", "ask the operator to add it by `leadline setup`"
)
INVALID_DATE = Entry("704", "Invalid date format", "send an ISO 8601 date")
OBJECT_EXISTS = Entry("1017", "Object already exists", "choose another name, or update it")
OBJECT_IN_USE = Entry("1022", "Object in use", "let go of what refers to it first")
DISCARD_FAILED = Entry("1048", "Custom Object Discard Draft Failed", "discard only while there is a draft")
QUEUE_FULL = Entry(
    "1016",
    "There are {limit} imports currently being processed. Please try again later",
    "wait until a job has finished",
)
LIST_BUSY = Entry("1019", "Import in progress", "wait until the other import of this list has finished")
