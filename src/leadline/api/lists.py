"""Static lists on the lead-database side (contract §9.5)."""

from starlette.responses import Response

from leadline.api import record_answers
from leadline.api.bodies import Ids
from leadline.api.call import Call, Services
from leadline.api.endpoint import READ_LEAD, WRITE_LEAD, Endpoint, Parameter
from leadline.api.envelope import success
from leadline.api.leads import IDS, UNKNOWN_LEAD
from leadline.api.record_answers import IdStatus, Lead, ListVerdict, ListWords
from leadline.api.request_values import FIELDS, PAGING, ids_of, page_reply, rows_reply, skipped, window_of
from leadline.errors import FIELD_NOT_FOUND, OBJECT_NOT_FOUND, TOO_MANY_VALUES
from leadline.imports.requests import parse_int32
from leadline.lead_database.lists import ListFilter
from leadline.model.instants import render_instant
from leadline.schema.lists import StaticList
from leadline.schema.record_errors import NOT_IN_LIST


def browse_lists(call: Call, services: Services) -> Response:
    """Return the static lists, all or some."""

    def folded(name: str) -> tuple[str, ...]:
        return tuple(value.lower() for value in call.params.many(name))

    wanted = ListFilter(
        tuple(parse_int32(value) for value in call.params.many("id")),
        folded("name"),
        folded("programName"),
        folded("workspaceName"),
    )
    page = services.lists.browse(call.caller, wanted, window_of(call))
    return rows_reply(call, [_item(each) for each in page.items], page.next_page_token)


def list_by_id(call: Call, services: Services) -> Response:
    """Return one static list."""
    return success(call.request_id, [_item(services.lists.one(call.caller, _list_id(call)))])


def _item(each: StaticList) -> record_answers.StaticList:
    words: ListWords = {}
    if each.description is not None:
        words["description"] = each.description
    if each.program_name is not None:
        words["programName"] = each.program_name
    return {
        "id": each.id,
        "name": each.name,
        **words,
        "workspaceName": "Default",
        "createdAt": render_instant(each.created_at),
        "updatedAt": render_instant(each.updated_at),
    }


def leads_of_list(call: Call, services: Services) -> Response:
    """Return the members of a static list."""
    fields = call.params.many("fields")
    return page_reply(call, services.leads.in_list(call.caller, _list_id(call), fields, window_of(call)))


def add_to_list(call: Call, services: Services) -> Response:
    """Put leads on a list."""
    found = services.lists.add(call.caller, _list_id(call), ids_of(call))
    return success(call.request_id, [_result(lead_id, "added", known) for lead_id, known in found])


def remove_from_list(call: Call, services: Services) -> Response:
    """Take leads off a list."""
    found = services.lists.remove(call.caller, _list_id(call), ids_of(call))
    items: list[IdStatus] = [
        {"id": lead_id, **skipped(NOT_IN_LIST.reason())}
        if was_on is False
        else _result(lead_id, "removed", was_on)
        for lead_id, was_on in found
    ]
    return success(call.request_id, items)


def is_member(call: Call, services: Services) -> Response:
    """Tell for each lead whether it is a member of the list."""
    found = services.lists.memberships(call.caller, _list_id(call), ids_of(call))
    items = [_result(lead_id, "memberof" if member else "notmemberof", member) for lead_id, member in found]
    return success(call.request_id, items)


def _result(lead_id: int, status: ListVerdict, known: bool | None) -> IdStatus:
    return {"id": lead_id, **UNKNOWN_LEAD} if known is None else {"id": lead_id, "status": status}


def _list_id(call: Call) -> int:
    return parse_int32(call.path["listId"])


_LIST_ID = Parameter("listId", "path", "The static list", "integer", required=True)
_LEADS = "/rest/v1/lists/{listId}/leads.json"
ENDPOINTS = (
    Endpoint(
        "lists.query",
        "GET",
        "/rest/v1/lists.json",
        "Static lists",
        READ_LEAD,
        record_answers.StaticList,
        browse_lists,
        parameters=(
            Parameter("id", "query", "Ids of lists", "integer"),
            Parameter("name", "query", "Names of lists"),
            Parameter("programName", "query", "Names of the programs they are in"),
            Parameter("workspaceName", "query", "Names of workspaces; there is one, Default"),
            *PAGING,
        ),
    ),
    Endpoint(
        "lists.get",
        "GET",
        "/rest/v1/lists/{listId}.json",
        "One static list",
        READ_LEAD,
        record_answers.StaticList,
        list_by_id,
        parameters=(_LIST_ID,),
        refusals=(OBJECT_NOT_FOUND,),
    ),
    *(
        Endpoint(
            "lists.leads",
            "GET",
            path,
            "Members of a static list",
            READ_LEAD,
            Lead,
            leads_of_list,
            parameters=(_LIST_ID, FIELDS, *PAGING),
            patience=2,
            variant=variant,
            refusals=(
                OBJECT_NOT_FOUND,
                FIELD_NOT_FOUND,
            ),
        )
        for path, variant in ((_LEADS, ""), ("/rest/v1/list/{listId}/leads.json", "list"))
    ),
    Endpoint(
        "lists.add",
        "POST",
        _LEADS,
        "Put up to 300 leads on a list",
        WRITE_LEAD,
        IdStatus,
        add_to_list,
        parameters=(_LIST_ID, IDS),
        body=Ids,
        body_required=False,
        refusals=(OBJECT_NOT_FOUND,),
    ),
    Endpoint(
        "lists.remove",
        "DELETE",
        _LEADS,
        "Take up to 300 leads off a list",
        WRITE_LEAD,
        IdStatus,
        remove_from_list,
        parameters=(_LIST_ID, IDS),
        body=Ids,
        body_required=False,
        refusals=(OBJECT_NOT_FOUND,),
    ),
    Endpoint(
        "lists.ismember",
        "GET",
        "/rest/v1/lists/{listId}/leads/ismember.json",
        "Whether leads are members of a list",
        READ_LEAD,
        IdStatus,
        is_member,
        parameters=(_LIST_ID, Parameter("id", "query", "Up to 300 lead ids", "integer", required=True)),
        refusals=(
            OBJECT_NOT_FOUND,
            TOO_MANY_VALUES,
        ),
    ),
)
