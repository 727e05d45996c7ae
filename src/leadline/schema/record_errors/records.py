"""Errors of a row or record beside those that are stored (contract §7.3, §13)."""

from leadline.schema.record_errors.error import CALLS, FAILURE, WARNING, RecordError

LEAD_NOT_FOUND = RecordError(
    "Lead not found",
    "1004",
    FAILURE,
    "No lead has this id or key, or its partition is closed to the caller who reads or deletes.",
    "Check the id or key.",
)
OBJECT_NOT_FOUND = RecordError(
    "Object not found",
    "1013",
    CALLS,
    "No record has this id or key, or the record links to one that does not exist.",
    "Check the id or key.",
)
RECORD_NOT_FOUND = RecordError(
    "Record not found",
    "1013",
    CALLS,
    "No company or sales person that is to be deleted has this id or key.",
    "Check the id or key.",
)
MEMBERSHIP_NOT_FOUND = RecordError(
    "Membership not found",
    "1013",
    CALLS,
    "The lead is not in the program.",
    "Bring the lead into the program.",
)
COMPANY_NOT_FOUND = RecordError(
    "ExternalCompanyID not found",
    "1013",
    FAILURE,
    "No company has the external id that the record links to.",
    "Sync the company first.",
)
SALES_PERSON_NOT_FOUND = RecordError(
    "ExternalSalesPersonID not found",
    "718",
    FAILURE,
    "No sales person has the external id that the record links to; a call is refused as a whole.",
    "Sync the sales person first.",
)
LEAD_EXISTS = RecordError(
    "Lead already exists",
    "1005",
    CALLS,
    "The action is createOnly and the key finds a lead, or a record before this one has the key.",
    "Send createOrUpdate.",
)
OBJECT_EXISTS = RecordError(
    "Object already exists",
    "1017",
    CALLS,
    "The action is createOnly and the key finds a record, or a field that is to be created exists.",
    "Send createOrUpdate, or choose another name.",
)
SEVERAL_MATCH = RecordError(
    "Multiple leads match the lookup criteria",
    "1007",
    FAILURE,
    "The key finds more than one lead.",
    "Look leads up by a field that is unique, or merge them.",
)
REPEATED_RECORD = RecordError(
    "Duplicate object found in input",
    "1036",
    CALLS,
    "A record before this one in the call has the same key.",
    "Send each record once.",
)
PARTITION_CLOSED = RecordError(
    "Access denied to partition '{name}'",
    "1008",
    FAILURE,
    "The lead is in a partition that is closed to the caller, or is to be moved to one.",
    "Open the partition to the credential, or name another.",
)
OTHER_PARTITION = RecordError(
    "Partition update not allowed",
    "1010",
    FAILURE,
    "The lead is in another partition than the one that the call names.",
    "Name the lead's partition, or move the lead first.",
)
PAST_STATUS = RecordError(
    "Lead skipped because it is already in or past this status",
    "1037",
    WARNING,
    "The member has the status or a later one already.",
    "Choose a later status, or leave the member as it is.",
)
NOT_IN_PROGRAM = RecordError(
    "Lead not in program", "1037", CALLS, "The lead is not in the program.", "Nothing is to be done."
)
NOT_IN_LIST = RecordError(
    "Lead not in list", "1015", CALLS, "The lead is not on the list.", "Nothing is to be done."
)
IN_USE = RecordError(
    "Object in use",
    "1022",
    CALLS,
    "Leads or companies link to the record that is to be deleted.",
    "Take these links away first.",
)
