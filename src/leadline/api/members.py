"""Program members on the wire (contract §9.8)."""

from starlette.responses import Response

from leadline.api.bodies import LeadIds, LeadStatus, MemberStatus
from leadline.api.call import Call, Services
from leadline.api.descriptions import BEGAN, described_fields
from leadline.api.endpoint import READ_LEAD, WRITE_LEAD, Endpoint, Parameter
from leadline.api.envelope import success
from leadline.api.record_answers import (
    Changed,
    CrmAttribute,
    Description,
    IdStatus,
    Lead,
    Member,
    SyncedMember,
)
from leadline.api.request_values import (
    FIELDS,
    FILTER,
    PAGING,
    filter_values,
    id_of,
    input_of,
    instant_of,
    page_reply,
    required_text,
    skipped,
    window_of,
)
from leadline.errors import (
    FIELD_NOT_FOUND,
    FIELD_NOT_SUPPORTED,
    INVALID_DATA,
    INVALID_DATE,
    PROGRAM_NOT_FOUND,
    PROGRAM_STATUS_NOT_FOUND,
    TOO_MANY_MEMBERS,
    ServiceError,
)
from leadline.imports.requests import parse_int32
from leadline.lead_database.sync import Synced
from leadline.schema.record_errors import NOT_IN_PROGRAM, Reason

_UPDATED_SECONDS_MAX = 7 * 86_400


def describe(call: Call, services: Services) -> Response:
    """Describe the fields of program members; here the standard ones go by their API names."""
    member_type = services.members.object_type(call.caller)
    custom = {field.name for field in member_type.fields if field.custom}
    fields: list[CrmAttribute] = [
        each if each["name"] in custom else {**each, "displayName": each["name"]}
        for each in described_fields(member_type)
    ]
    item: Description = {
        "name": member_type.display_name,
        "description": "Map for API program membership fields",
        "createdAt": BEGAN,
        "updatedAt": BEGAN,
        "dedupeFields": ["leadId", "programId"],
        "searchableFields": [[name] for name in sorted(field.name for field in member_type.searchable)],
        "fields": sorted(fields, key=lambda each: (each["name"] in custom, each["name"].lower())),
    }
    return success(call.request_id, [item])


def members_by_filter(call: Call, services: Services) -> Response:
    """Return the members of a program whose field has one of the values, or that changed in some days."""
    program_id, filter_type = _program_id(call), call.params.required("filterType")
    fields, window = call.params.many("fields"), window_of(call)
    if filter_type.lower() == "updatedat":
        start, end = (instant_of(call.params.required(name)) for name in ("startAt", "endAt"))
        if not 0 <= end - start <= _UPDATED_SECONDS_MAX:
            raise ServiceError(INVALID_DATA)
        return page_reply(call, services.members.updated(call.caller, program_id, start, end, fields, window))
    values = filter_values(call)
    found = services.members.filtered(call.caller, program_id, filter_type, values, fields, window)
    return page_reply(call, found)


def advance_members(call: Call, services: Services) -> Response:
    """Bring leads to a status of the program."""
    body = call.json()
    lead_ids = [id_of(item, "leadId") for item in input_of(call, body)]
    status = required_text(body, "statusName")
    results = services.members.advance(call.caller, _program_id(call), status, lead_ids)
    return success(call.request_id, _results(lead_ids, results))


def advance_leads(call: Call, services: Services) -> Response:
    """Bring leads to a status of the program, in the older form."""
    body = call.json()
    lead_ids = [id_of(item) for item in input_of(call, body)]
    status = required_text(body, "status")
    results = services.members.advance(call.caller, _program_id(call), status, lead_ids)
    items: list[IdStatus] = [
        {"id": lead_id, **skipped(each.reason)} if each.reason else {"id": lead_id, "status": each.status}
        for lead_id, each in zip(lead_ids, results, strict=True)
    ]
    return success(call.request_id, items)


def sync_members(call: Call, services: Services) -> Response:
    """Change custom fields of members."""
    items = [item | {"leadId": id_of(item, "leadId")} for item in input_of(call)]
    lead_ids = [item["leadId"] for item in items]
    results = services.members.sync(call.caller, _program_id(call), items)
    return success(call.request_id, _results(lead_ids, results))


def _results(lead_ids: list[int], results: list[Synced]) -> list[SyncedMember]:
    return [
        _skipped(seq, each.reason) if each.reason else _done(seq, lead_id, each.status)
        for seq, (lead_id, each) in enumerate(zip(lead_ids, results, strict=True))
    ]


def _done(seq: int, lead_id: int, status: Changed) -> SyncedMember:
    return {"seq": seq, "status": status, "leadId": lead_id}


def _skipped(seq: int, reason: Reason) -> SyncedMember:
    """Return what a record that was not written is answered; its place in the call tells which it is."""
    return {"seq": seq, **skipped(reason)}


def delete_members(call: Call, services: Services) -> Response:
    """Take leads out of the program."""
    lead_ids = [id_of(item, "leadId") for item in input_of(call)]
    found = services.members.delete(call.caller, _program_id(call), lead_ids)
    items = [
        _done(seq, lead_id, "deleted") if was_in else _skipped(seq, NOT_IN_PROGRAM.reason())
        for seq, (lead_id, was_in) in enumerate(zip(lead_ids, found, strict=True))
    ]
    return success(call.request_id, items)


def leads_of_program(call: Call, services: Services) -> Response:
    """Return the leads of a program, each with its membership."""
    fields = call.params.many("fields")
    return page_reply(
        call, services.members.leads_of(call.caller, _program_id(call), fields, window_of(call))
    )


def _program_id(call: Call) -> int:
    return parse_int32(call.path["programId"])


_PROGRAM_ID = Parameter("programId", "path", "The program", "integer", required=True)
_MEMBERS = "/rest/v1/programs/{programId}/members"
ENDPOINTS = (
    *(
        Endpoint(
            "members.describe",
            "GET",
            f"/rest/v1/{noun}/members/describe.json",
            "Fields of program members",
            READ_LEAD,
            Description,
            describe,
            variant=variant,
        )
        for noun, variant in (("programs", ""), ("program", "program"))
    ),
    Endpoint(
        "members.query",
        "GET",
        f"{_MEMBERS}.json",
        "Members of a program by filter",
        READ_LEAD,
        Member,
        members_by_filter,
        parameters=(
            _PROGRAM_ID,
            FILTER[0],
            Parameter("filterValues", "query", "Up to 300 values; not with updatedAt"),
            Parameter("startAt", "query", "With updatedAt: from this instant"),
            Parameter("endAt", "query", "With updatedAt: until this instant, 7 days later at most"),
            FIELDS,
            *PAGING,
        ),
        refusals=(
            PROGRAM_NOT_FOUND,
            FIELD_NOT_FOUND,
            FIELD_NOT_SUPPORTED,
            INVALID_DATE,
            INVALID_DATA,
            TOO_MANY_MEMBERS,
        ),
    ),
    Endpoint(
        "members.advance",
        "POST",
        f"{_MEMBERS}/status.json",
        "Bring up to 300 leads to a status of the program",
        WRITE_LEAD,
        SyncedMember,
        advance_members,
        parameters=(_PROGRAM_ID,),
        body=MemberStatus,
        refusals=(
            PROGRAM_NOT_FOUND,
            PROGRAM_STATUS_NOT_FOUND,
        ),
    ),
    Endpoint(
        "members.sync",
        "POST",
        f"{_MEMBERS}.json",
        "Change custom fields of up to 300 members",
        WRITE_LEAD,
        SyncedMember,
        sync_members,
        parameters=(_PROGRAM_ID,),
        body=LeadIds,
        refusals=(PROGRAM_NOT_FOUND,),
    ),
    Endpoint(
        "members.delete",
        "POST",
        f"{_MEMBERS}/delete.json",
        "Take up to 300 leads out of the program",
        WRITE_LEAD,
        SyncedMember,
        delete_members,
        parameters=(_PROGRAM_ID,),
        body=LeadIds,
        refusals=(PROGRAM_NOT_FOUND,),
    ),
    Endpoint(
        "members.leads",
        "GET",
        "/rest/v1/leads/programs/{programId}.json",
        "Leads of a program, each with its membership",
        READ_LEAD,
        Lead,
        leads_of_program,
        parameters=(_PROGRAM_ID, FIELDS, *PAGING),
        refusals=(
            PROGRAM_NOT_FOUND,
            FIELD_NOT_FOUND,
        ),
    ),
    Endpoint(
        "members.advanceleads",
        "POST",
        "/rest/v1/leads/programs/{programId}/status.json",
        "Bring up to 300 leads to a status of the program, older form",
        WRITE_LEAD,
        IdStatus,
        advance_leads,
        parameters=(_PROGRAM_ID,),
        body=LeadStatus,
        refusals=(
            PROGRAM_NOT_FOUND,
            PROGRAM_STATUS_NOT_FOUND,
        ),
    ),
)
