"""Errors of what a call asks for: its values, names, files and targets (701 to 1048)."""

from leadline.errors.entry import Entry

BLANK_PARAMETER = Entry(
    "701",
    "{name} cannot be blank",
    when="A parameter that an asset needs is there and blank.",
    advice="Send a value for the parameter.",
)
NO_DATA_FOUND = Entry(
    "702",
    "No data found for a given search scenario",
    when="There is no asset of that id or name.",
    advice="Browse the assets and take an id or name from there.",
)
LIST_NOT_FOUND = Entry(
    "702",
    "Static List not found or it has been deleted",
    when="There is no static list of that id or name.",
    advice="Browse the static lists and take an id or name from there.",
)
NOT_ENABLED = Entry(
    "703",
    "The feature is not enabled for the subscription",
    when="The database lets only its owner add fields and types, and the server runs as another role.",
    advice="Ask the operator to add the field or type by `leadline setup`, run as the owner.",
)
HISTORY_OFF = Entry(
    "1003",
    "This server keeps no changes (LIMITS__HISTORY_DAYS is 0)",
    when="The call asks who changed something, and the subscription keeps no changes.",
    advice="Ask the operator to set `LIMITS__HISTORY_DAYS`; earlier changes will not be known.",
)
INVALID_DATE = Entry(
    "704",
    "Invalid date format",
    when="A parameter that takes an instant holds something else.",
    advice="Send an ISO 8601 instant such as `2026-03-01T12:00:00Z`.",
)
RULE_VIOLATED = Entry(
    "709",
    "Business Rule Violation",
    when="An asset cannot be as the call wants it; the warning beside the error says why.",
    advice="Fix what the warning names and repeat the call.",
)
FOLDER_NOT_FOUND = Entry(
    "710",
    "Parent Folder Not Found",
    when="The folder in which an asset is to be created does not exist.",
    advice="Look the folder up by name and send its id and type.",
)
FOLDER_INCOMPATIBLE = Entry(
    "711",
    "Incompatible Folder Type",
    when="The type of the named folder is neither Folder nor Program, or cannot hold the asset.",
    advice='Send a folder such as `{"id":1,"type":"Folder"}`; a program cannot lie in a program.',
)
SALES_PERSON_NOT_FOUND = Entry(
    "718",
    "ExternalSalesPersonID not found",
    when="A record of the call names a sales person that does not exist; nothing of the call is written.",
    advice="Sync the sales person first, then repeat the call.",
)
INVALID_VALUE = Entry(
    "1001",
    "Invalid value '{value}'. Required of type '{type}'",
    when="A parameter or member has a value of another type, or none of the words it may have.",
    advice="Send a value of the type that the message names.",
)
PARAMETER_MISSING = Entry(
    "1002",
    "Missing value for the required parameter '{name}'",
    when="A parameter or member that the call needs is absent or blank.",
    advice="Send the parameter that the message names.",
)
NOT_TEXT = Entry(
    "1003",
    "The file is {kind}: {cure}",
    when="The uploaded file is a workbook, an archive or something else that is no text.",
    advice="Do what the message says: save or unpack it as a csv, tsv or ssv file and send that.",
)
EMPTY_FILE = Entry(
    "1003",
    "Empty file",
    when="The uploaded file has no header line.",
    advice="Send a file with a header line and a line for each record.",
)
DUPLICATE_COLUMN = Entry(
    "1003",
    "Duplicate column '{name}' in header",
    when="Two columns of the file are the same field.",
    advice="Remove or rename one of the two columns.",
)
HEADER_OPEN = Entry(
    "1003",
    "Quote still open in header",
    when="A quote is opened in the header line and not closed.",
    advice="Close the quote, or double it where it is part of a name.",
)
HEADER_TOO_LARGE = Entry(
    "1003",
    "Header has more than {limit}",
    when="The header line is too long, or has too many columns.",
    advice="Send a header line within the limit that the message names.",
)
PREVIEW_NOT_READY = Entry(
    "1003",
    "The preview is {status}, only one that is Ready can be applied",
    when="A preview is to be applied that is not made yet, has failed, or has expired.",
    advice="Wait until the preview is Ready; make a new one where it has failed or expired.",
)
KEY_USED = Entry(
    "1003",
    "Idempotency-Key was used for another request",
    when="A call of the same client had this key, and other parameters or another file.",
    advice="Send the same request again, or a new one under a new key.",
    http_status=422,
)
SAME_FILE = Entry(
    "1003",
    "The same file was imported as job {batch_id}",
    when="The rule `RULES__SAME_FILE` is `refuse`, and a job of the same parameters has had the same file.",
    advice="Nothing is to be done, unless that job is to be imported once more: undo it, or change the rule.",
)
CANNOT_BE_UNDONE = Entry(
    "1003",
    "Job {batch_id} cannot be undone: {reason}",
    when="The job has not finished, an undo of it that does something else is under way, what it changed is "
    "not kept, or what it wrote into is gone.",
    advice="Do what the message names; what is not kept can only be imported anew.",
)
NOTHING_TO_TAKE_BACK = Entry(
    "1003",
    "Nothing to take back",
    when="The job that is to be undone has changed nothing.",
    advice="Nothing is to be done.",
)
TOO_MANY_MATCHES = Entry(
    "1003",
    "Too many results match the filter",
    when="The filter finds more leads than a query may return.",
    advice="Filter by a field that finds fewer leads, or by fewer values.",
)
TOO_MANY_MEMBERS = Entry(
    "1003",
    "Matching membership size: {count:,} exceeds the limit allowed ({limit:,}) for this api",
    when="The filter finds more members of the program than a query may return.",
    advice="Filter by a field that finds fewer members, or by fewer values.",
)
TOO_MANY_VALUES = Entry(
    "1003",
    "More than {limit} values in '{name}'",
    when="A list of values or records is longer than allowed.",
    advice="Split the call into several.",
)
INVALID_PAGE_TOKEN = Entry(
    "1003",
    "Invalid nextPageToken",
    when="The token was made for another query, or was not made by this server.",
    advice="Begin with the first page, without nextPageToken, and repeat the query unchanged for each page.",
)
INVALID_ID_LOOKUP = Entry(
    "1003",
    "Lookup field 'id' needs the action updateOnly",
    when="Leads are synced by id with an action that could create some.",
    advice="Send the action updateOnly, or another lookup field.",
)
INVALID_DATA = Entry(
    "1003",
    "Invalid data",
    when="The body is JSON, but not in the shape that the call takes, or its instants are too far apart.",
    advice="Compare the body with the call's schema in `/openapi.json`.",
)
INVALID_DATA_BECAUSE = Entry(
    "1003",
    "Invalid data, {why}",
    when="A type of custom object cannot be as the call wants it.",
    advice="Fix what the message names and repeat the call.",
)
LEAD_NOT_FOUND = Entry(
    "1004",
    "Lead '{id}' not found",
    when="There is no lead of that id, or it is in a partition that is closed to the caller.",
    advice="Look the lead up by a field that you know of it.",
)
FIELD_NOT_FOUND = Entry(
    "1006",
    "Field '{name}' not found",
    when="The call names a field that the object does not have.",
    advice="Ask describe for the names of the fields.",
)
COLUMNS_NOT_FOUND = Entry(
    "1006",
    "Field '{name}' not found{rest}",
    when="Columns of the file are no fields, and `RULES__UNKNOWN_COLUMNS` is `reject`.",
    advice="Name the columns as describe names the fields; the message says which names come near.",
)
LOOKUP_FIELD_NOT_FOUND = Entry(
    "1006",
    "Lookup field '{name}' not found",
    when="The lookup field is no field of the object.",
    advice="Ask describe2 for the fields by which leads can be found.",
)
PARTITION_DENIED = Entry(
    "1008",
    "Access denied to partition '{name}'",
    when="The partition does not exist, or is closed to the caller's credential.",
    advice="Name one of the partitions that `/rest/v1/leads/partitions.json` returns.",
)
PARTITION_NEEDED = Entry(
    "1009",
    "Partition name must be specified",
    when="New leads could go to several partitions and the first one is closed to the caller.",
    advice="Send partitionName.",
)
FIELD_NOT_SUPPORTED = Entry(
    "1011",
    "Field '{name}' not supported",
    when="The field exists, but records cannot be found by it.",
    advice="Ask describe2 for the fields by which records can be found.",
)
COOKIE_INVALID = Entry(
    "1012",
    "Invalid cookie value '{value}'",
    when="A filter by cookies has a value that is no cookie of the original's.",
    advice="Send the whole cookie: `id:...&token:...`.",
)
OBJECT_NOT_FOUND = Entry(
    "1013",
    "Object not found",
    when="There is no list, job or custom object of that id or name, or it is past its days.",
    advice="Check the id or name; a batch id is answered for `LIMITS__RETENTION_DAYS` days.",
)
PROGRAM_NOT_FOUND = Entry(
    "1013",
    "Program not found",
    when="There is no program of that id.",
    advice="Browse the programs and take the id from there.",
)
QUEUE_FULL = Entry(
    "1016",
    "There are {limit} imports currently being processed. Please try again later",
    when="The subscription has as many unfinished jobs as `LIMITS__JOBS_QUEUED_MAX` allows.",
    advice="Wait until a job has finished, then send the file again.",
)
OBJECT_EXISTS = Entry(
    "1017",
    "Object already exists",
    when="The action is createOnly, and there is a custom object type of that name.",
    advice="Choose another name, or send the action updateOnly.",
)
LIST_BUSY = Entry(
    "1019",
    "Import in progress",
    when="Another job imports into the same static list.",
    advice="Wait until that job has finished, then send the file again.",
)
OBJECT_IN_USE = Entry(
    "1022",
    "Object in use",
    when="A type is to be approved or deleted while a job imports into it, or deleted while one links to it.",
    advice="Wait for the job; ask dependentAssets what links to the type, and remove those links first.",
)
PROGRAM_STATUS_NOT_FOUND = Entry(
    "1025",
    "Program status not found",
    when="The program's channel has no status of that name.",
    advice="Ask for the program's channel and take one of its statuses.",
)
DISCARD_FAILED = Entry(
    "1048",
    "Custom Object Discard Draft Failed",
    when="The custom object type has no draft.",
    advice="Discard only while the type's state is `draft` or `approvedWithDraft`.",
)
