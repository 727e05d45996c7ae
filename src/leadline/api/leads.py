"""Leads on the wire: read, synced, deleted, moved, described (contract §9.3, §9.4)."""

from starlette.responses import Response

from leadline.api.call import (
    ASSETS,
    READ_LEAD,
    WRITE_LEAD,
    Call,
    Endpoint,
    Parameter,
    Services,
    parse_integer,
)
from leadline.api.descriptions import described_fields
from leadline.api.envelope import success
from leadline.api.request_values import (
    FIELDS,
    FILTER,
    PAGING,
    action_of,
    filter_values,
    id_of,
    ids_of,
    input_of,
    optional_filter,
    optional_instant,
    page_reply,
    required_text,
    rows_reply,
    skipped,
    text_of,
    window_of,
)
from leadline.errors import FIELD_NOT_FOUND, LEAD_NOT_FOUND, ServiceError
from leadline.imports.requests import parse_int32
from leadline.lead_database.leads import LeadSync
from leadline.lead_database.sync import Synced
from leadline.model.instants import render_instant
from leadline.schema import record_errors

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


def _synced(result: Synced) -> dict[str, object]:
    if result.reason is not None:
        return skipped(result.reason)
    return {"id": result.id, "status": result.status}


def delete_leads(call: Call, services: Services) -> Response:
    """Delete leads."""
    lead_ids = ids_of(call)
    found = services.leads.delete(call.caller, lead_ids)
    items = [
        {"id": lead_id} | ({"status": "deleted"} if was_there else UNKNOWN_LEAD)
        for lead_id, was_there in zip(lead_ids, found, strict=True)
    ]
    return success(call.request_id, items)


def describe(call: Call, services: Services) -> Response:
    """Describe the lead fields in the older form."""
    items = []
    for number, field in enumerate(services.leads.object_type(call.caller).fields, 1):
        name = {"name": field.name, "readOnly": field.read_only}
        soap = {"name": field.name[:1].upper() + field.name[1:], "readOnly": field.read_only}
        items.append(
            {"id": number, "displayName": field.display_name, "dataType": field.type.name}
            | ({} if field.length is None else {"length": field.length})
            | {"rest": name, "soap": soap}
        )
    return success(call.request_id, items)


def describe2(call: Call, services: Services) -> Response:
    """Describe the lead fields, and by which of them leads can be found."""
    lead_type = services.leads.object_type(call.caller)
    item = {
        "name": "API Lead",
        "searchableFields": [[field.name] for field in lead_type.searchable],
        "fields": described_fields(lead_type),
    }
    return success(call.request_id, [item])


def partitions(call: Call, services: Services) -> Response:
    """Return the partitions that are open to the caller."""
    found = services.leads.partitions(call.caller)
    items = [{"id": each.id, "name": each.name, "description": each.name} for each in found]
    return success(call.request_id, items)


def move_leads(call: Call, services: Services) -> Response:
    """Bring leads into other partitions."""
    moves = [(id_of(item), required_text(item, "partitionName")) for item in input_of(call)]
    reasons = services.leads.move(call.caller, moves)
    items = [
        {"id": lead_id} | (skipped(reason) if reason else {"status": "updated"})
        for (lead_id, _), reason in zip(moves, reasons, strict=True)
    ]
    return success(call.request_id, items)


def lists_of_lead(call: Call, services: Services) -> Response:
    """Return the static lists a lead is on."""
    lead_id = parse_integer(call.path["leadId"])
    found = services.lists.of_lead(call.caller, lead_id, window_of(call))
    if found is None:
        raise ServiceError(LEAD_NOT_FOUND, id=lead_id)
    items = []
    for each in found.items:
        added = render_instant(each.added_at)
        items.append({"listId": each.list_id, "createdAt": added, "updatedAt": added})
    return rows_reply(call, items, found.next_page_token)


def programs_of_lead(call: Call, services: Services) -> Response:
    """Return the programs a lead is in."""
    lead_id = parse_integer(call.path["leadId"])
    program_ids = _program_ids(call)
    since, until = optional_instant(call, "earliestUpdatedAt"), optional_instant(call, "latestUpdatedAt")
    window = window_of(call)
    found = services.members.programs_of(call.caller, lead_id, program_ids, since, until, window)
    if found is None:
        raise ServiceError(LEAD_NOT_FOUND, id=lead_id)
    return page_reply(call, found)


def _program_ids(call: Call) -> list[int]:
    """Return the programs that a filter names, none for all; raises `ServiceError` 1001-1003 or 1006."""
    given = optional_filter(call)
    if given is None:
        return []
    filter_type, values = given
    if filter_type.lower() not in ("programid", "id"):
        raise ServiceError(FIELD_NOT_FOUND, name=filter_type)
    return [parse_int32(value) for value in values]


LEAD_ID = Parameter("leadId", "path", "The lead's id", "integer", required=True)
IDS = Parameter("id", "query", "Up to 300 lead ids, or in the body", "integer")
_DELETE = (IDS,)
ENDPOINTS = (
    Endpoint(
        "GET",
        "/rest/v1/lead/{leadId}.json",
        "One lead",
        READ_LEAD,
        "Lead",
        lead_by_id,
        parameters=(LEAD_ID, FIELDS),
    ),
    Endpoint(
        "GET",
        "/rest/v1/leads.json",
        "Leads by filter",
        READ_LEAD,
        "Lead",
        leads_by_filter,
        parameters=(*FILTER, FIELDS, *PAGING),
        patience=2,
    ),
    Endpoint(
        "POST",
        "/rest/v1/leads.json",
        "Create or update up to 300 leads",
        WRITE_LEAD,
        "SyncedLead",
        sync_leads,
        body="LeadSync",
        patience=3,
    ),
    Endpoint(
        "POST",
        "/rest/v1/leads/delete.json",
        "Delete up to 300 leads",
        WRITE_LEAD,
        "IdStatus",
        delete_leads,
        parameters=_DELETE,
        body="Ids",
        body_required=False,
    ),
    Endpoint(
        "DELETE",
        "/rest/v1/leads.json",
        "Delete up to 300 leads",
        WRITE_LEAD,
        "IdStatus",
        delete_leads,
        parameters=_DELETE,
        body="Ids",
        body_required=False,
    ),
    Endpoint("GET", "/rest/v1/leads/describe.json", "Lead fields", READ_LEAD, "DescribedField", describe),
    Endpoint(
        "GET", "/rest/v1/leads/describe2.json", "Lead fields and lookups", READ_LEAD, "Description", describe2
    ),
    Endpoint("GET", "/rest/v1/leads/partitions.json", "Partitions", READ_LEAD, "Partition", partitions),
    Endpoint(
        "POST",
        "/rest/v1/leads/partitions.json",
        "Bring leads into other partitions",
        WRITE_LEAD,
        "IdStatus",
        move_leads,
        body="PartitionMoves",
        patience=2,
    ),
    Endpoint(
        "GET",
        "/rest/v1/leads/{leadId}/listMembership.json",
        "Static lists of a lead",
        ASSETS,
        "ListOfLead",
        lists_of_lead,
        parameters=(LEAD_ID, *PAGING),
    ),
    Endpoint(
        "GET",
        "/rest/v1/leads/{leadId}/programMembership.json",
        "Programs of a lead",
        ASSETS,
        "Membership",
        programs_of_lead,
        parameters=(
            LEAD_ID,
            Parameter("filterType", "query", "programId"),
            Parameter("filterValues", "query", "Up to 300 program ids"),
            Parameter("earliestUpdatedAt", "query", "Only memberships changed since"),
            Parameter("latestUpdatedAt", "query", "Only memberships changed until"),
            *PAGING,
        ),
    ),
)
