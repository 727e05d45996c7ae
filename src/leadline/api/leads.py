"""Leads on the wire: read, synced, deleted, moved, described (contract §9.3, §9.4)."""

from starlette.responses import Response

from leadline.api.answers import Skipped
from leadline.api.bodies import Ids, LeadSyncBody, PartitionMoves
from leadline.api.call import Call, Services
from leadline.api.descriptions import described_fields, length_of
from leadline.api.endpoint import READ_LEAD, WRITE_LEAD, Endpoint, Parameter
from leadline.api.envelope import success
from leadline.api.params import parse_integer
from leadline.api.record_answers import (
    DescribedField,
    Description,
    IdStatus,
    Lead,
    Partition,
    SyncedLead,
)
from leadline.api.request_values import (
    FIELDS,
    FILTER,
    PAGING,
    action_of,
    filter_values,
    id_of,
    ids_of,
    input_of,
    page_reply,
    required_text,
    skipped,
    text_of,
    window_of,
)
from leadline.errors import (
    COOKIE_INVALID,
    FIELD_NOT_FOUND,
    FIELD_NOT_SUPPORTED,
    INVALID_ID_LOOKUP,
    LEAD_NOT_FOUND,
    LOOKUP_FIELD_NOT_FOUND,
    PARTITION_DENIED,
    PARTITION_NEEDED,
    SALES_PERSON_NOT_FOUND,
    TOO_MANY_MATCHES,
)
from leadline.lead_database.leads import LeadSync
from leadline.lead_database.sync import Synced
from leadline.schema import record_errors
from leadline.schema.catalog import Field

UNKNOWN_LEAD = skipped(record_errors.LEAD_NOT_FOUND.reason())


def lead_by_id(call: Call, services: Services) -> Response:
    """Return one lead."""
    lead_id = parse_integer(call.path["leadId"])
    return success(call.request_id, [services.leads.one(call.caller, lead_id, call.params.many("fields"))])


def leads_by_filter(call: Call, services: Services) -> Response:
    """Return the leads whose field has one of the values."""
    filter_type, values = call.params.required("filterType"), filter_values(call)
    fields, window = call.params.many("fields"), window_of(call)
    return page_reply(call, services.leads.filtered(call.caller, filter_type, values, fields, window))


def sync_leads(call: Call, services: Services) -> Response:
    """Create or update leads."""
    body = call.json()
    wanted = LeadSync(action_of(body), text_of(body, "lookupField"), text_of(body, "partitionName"))
    results = services.leads.sync(call.caller, wanted, input_of(call, body))
    return success(call.request_id, [_synced(each) for each in results])


def _synced(result: Synced) -> SyncedLead | Skipped:
    if result.reason is not None:
        return skipped(result.reason)
    assert isinstance(result.id, int), "leads have numbers"
    return {"id": result.id, "status": result.status}


def delete_leads(call: Call, services: Services) -> Response:
    """Delete leads."""
    lead_ids = ids_of(call)
    found = services.leads.delete(call.caller, lead_ids)
    items: list[IdStatus] = [
        {"id": lead_id, "status": "deleted"} if was_there else {"id": lead_id, **UNKNOWN_LEAD}
        for lead_id, was_there in zip(lead_ids, found, strict=True)
    ]
    return success(call.request_id, items)


def describe(call: Call, services: Services) -> Response:
    """Describe the lead fields in the older form."""
    fields = services.leads.object_type(call.caller).fields
    return success(call.request_id, [_described(number, field) for number, field in enumerate(fields, 1)])


def _described(number: int, field: Field) -> DescribedField:
    return {
        "id": number,
        "displayName": field.display_name,
        "dataType": field.type.name,
        **length_of(field),
        "rest": {"name": field.name, "readOnly": field.read_only},
        "soap": {"name": field.name[:1].upper() + field.name[1:], "readOnly": field.read_only},
    }


def describe2(call: Call, services: Services) -> Response:
    """Describe the lead fields, and by which of them leads can be found."""
    lead_type = services.leads.object_type(call.caller)
    item: Description = {
        "name": "API Lead",
        "searchableFields": [[field.name] for field in lead_type.searchable],
        "fields": described_fields(lead_type),
    }
    return success(call.request_id, [item])


def partitions(call: Call, services: Services) -> Response:
    """Return the partitions that are open to the caller."""
    found = services.leads.partitions(call.caller)
    items: list[Partition] = [{"id": each.id, "name": each.name, "description": each.name} for each in found]
    return success(call.request_id, items)


def move_leads(call: Call, services: Services) -> Response:
    """Bring leads into other partitions."""
    moves = [(id_of(item), required_text(item, "partitionName")) for item in input_of(call)]
    reasons = services.leads.move(call.caller, moves)
    items: list[IdStatus] = [
        {"id": lead_id, **skipped(reason)} if reason else {"id": lead_id, "status": "updated"}
        for (lead_id, _), reason in zip(moves, reasons, strict=True)
    ]
    return success(call.request_id, items)


LEAD_ID = Parameter("leadId", "path", "The lead's id", "integer", required=True)
IDS = Parameter("id", "query", "Up to 300 lead ids, or in the body", "integer")
_DELETE = (IDS,)
ENDPOINTS = (
    Endpoint(
        "leads.get",
        "GET",
        "/rest/v1/lead/{leadId}.json",
        "One lead",
        READ_LEAD,
        Lead,
        lead_by_id,
        parameters=(LEAD_ID, FIELDS),
        refusals=(
            LEAD_NOT_FOUND,
            FIELD_NOT_FOUND,
        ),
    ),
    Endpoint(
        "leads.query",
        "GET",
        "/rest/v1/leads.json",
        "Leads by filter",
        READ_LEAD,
        Lead,
        leads_by_filter,
        parameters=(*FILTER, FIELDS, *PAGING),
        patience=2,
        refusals=(
            FIELD_NOT_FOUND,
            FIELD_NOT_SUPPORTED,
            COOKIE_INVALID,
            TOO_MANY_MATCHES,
        ),
    ),
    Endpoint(
        "leads.sync",
        "POST",
        "/rest/v1/leads.json",
        "Create or update up to 300 leads",
        WRITE_LEAD,
        SyncedLead | Skipped,
        sync_leads,
        body=LeadSyncBody,
        patience=3,
        refusals=(
            LOOKUP_FIELD_NOT_FOUND,
            FIELD_NOT_SUPPORTED,
            PARTITION_DENIED,
            PARTITION_NEEDED,
            INVALID_ID_LOOKUP,
            SALES_PERSON_NOT_FOUND,
        ),
    ),
    Endpoint(
        "leads.delete",
        "POST",
        "/rest/v1/leads/delete.json",
        "Delete up to 300 leads",
        WRITE_LEAD,
        IdStatus,
        delete_leads,
        parameters=_DELETE,
        body=Ids,
        body_required=False,
    ),
    Endpoint(
        "leads.delete",
        "DELETE",
        "/rest/v1/leads.json",
        "Delete up to 300 leads",
        WRITE_LEAD,
        IdStatus,
        delete_leads,
        parameters=_DELETE,
        body=Ids,
        body_required=False,
        variant="delete",
    ),
    Endpoint(
        "leads.describe",
        "GET",
        "/rest/v1/leads/describe.json",
        "Lead fields",
        READ_LEAD,
        DescribedField,
        describe,
    ),
    Endpoint(
        "leads.describe2",
        "GET",
        "/rest/v1/leads/describe2.json",
        "Lead fields and lookups",
        READ_LEAD,
        Description,
        describe2,
    ),
    Endpoint(
        "leads.partitions",
        "GET",
        "/rest/v1/leads/partitions.json",
        "Partitions",
        READ_LEAD,
        Partition,
        partitions,
    ),
    Endpoint(
        "leads.move",
        "POST",
        "/rest/v1/leads/partitions.json",
        "Bring leads into other partitions",
        WRITE_LEAD,
        IdStatus,
        move_leads,
        body=PartitionMoves,
        patience=2,
    ),
)
