"""Beside the Marketo surface: the changes of a person or record, and where its values come from."""

from functools import partial

from starlette.responses import Response

from leadline.api.call import Call, Services
from leadline.api.endpoint import READ_LEAD, Endpoint, Parameter
from leadline.api.envelope import success
from leadline.api.history_answers import Change, RestoringSource, Source, ValueOrigin
from leadline.api.leads import LEAD_ID
from leadline.api.objects import FAMILIES, Family
from leadline.api.params import parse_integer
from leadline.api.request_values import PAGING, window_of
from leadline.errors import HISTORY_OFF, INVALID_PAGE_TOKEN, LEAD_NOT_FOUND, OBJECT_NOT_FOUND
from leadline.lead_database.history import HistoryEntry, ValueSource
from leadline.lead_database.paging import Page
from leadline.model.changes import ChangeSet
from leadline.model.instants import render_instant


def history_of_lead(call: Call, services: Services) -> Response:
    """Return the changes of a lead, newest first."""
    lead_id = parse_integer(call.path["leadId"])
    return _changes(call, services.history.of_lead(call.caller, lead_id, window_of(call)))


def provenance_of_lead(call: Call, services: Services) -> Response:
    """Return each value of a lead with its source."""
    lead_id = parse_integer(call.path["leadId"])
    found = services.history.sources_of_lead(call.caller, lead_id)
    return success(call.request_id, [_value(each) for each in found])


def history_of_record(call: Call, services: Services, *, family: Family) -> Response:
    """Return the changes of an object's record, newest first."""
    name, known_by = family.type_of(call), _known_by(call, family)
    return _changes(call, services.history.of_record(call.caller, name, known_by, window_of(call)))


def provenance_of_record(call: Call, services: Services, *, family: Family) -> Response:
    """Return each value of an object's record with its source."""
    found = services.history.sources_of_record(call.caller, family.type_of(call), _known_by(call, family))
    return success(call.request_id, [_value(each) for each in found])


def _known_by(call: Call, family: Family) -> int | str:
    text = call.path["recordId"]
    return text.lower() if family.name is None else parse_integer(text)


def _changes(call: Call, page: Page[HistoryEntry]) -> Response:
    more = {"nextPageToken": page.next_page_token} if page.next_page_token else {}
    items = [_change(each) for each in page.items]
    return success(call.request_id, items, moreResult=page.next_page_token is not None, **more)


def _change(entry: HistoryEntry) -> Change:
    change: Change = {
        "at": render_instant(entry.change_set.at),
        "field": entry.field,
        "old": entry.old,
        "new": entry.new,
        "source": _source(entry.change_set, entry.row),
        "undone": entry.undone,
    }
    return change if entry.program_id is None else {**change, "programId": entry.program_id}


def _source(change_set: ChangeSet, row: int | None) -> Source:
    origin = change_set.origin
    return {
        "kind": origin.kind,
        "batchId": origin.batch_id,
        "row": row,
        "fileName": origin.file_name,
        "user": origin.user,
        "credential": origin.credential,
        "requestId": origin.request_id,
    }


def _value(found: ValueSource) -> ValueOrigin:
    write, restored = found.provenance.write, found.provenance.restored_by
    value: ValueOrigin = {
        "field": found.field,
        "value": found.value,
        "at": None if write is None else render_instant(write.change_set.at),
        "source": None if write is None else _source(write.change_set, write.row),
    }
    if found.provenance.before is not None:
        value["before"] = render_instant(found.provenance.before)
    if restored is not None:
        at = render_instant(restored.at)
        brought_back: RestoringSource = {**_source(restored, None), "at": at}
        value["restoredBy"] = brought_back
    return value


def _of_family(family: Family) -> tuple[Endpoint, ...]:
    noun = family.noun if family.name else f"record of a {family.noun}"
    base = family.base.replace("/rest/", "/leadline/")
    record = Parameter("recordId", "path", f"The {family.id_name} of the {noun}", required=True)
    named = () if family.name else (Parameter("apiName", "path", "The custom object", required=True),)
    return (
        Endpoint(
            f"{family.subject}.history",
            "GET",
            f"{base}/{{recordId}}/history.json",
            f"Changes of one {noun}, newest first",
            family.read,
            Change,
            partial(history_of_record, family=family),
            parameters=(*named, record, *PAGING),
            refusals=(HISTORY_OFF, OBJECT_NOT_FOUND, INVALID_PAGE_TOKEN),
        ),
        Endpoint(
            f"{family.subject}.provenance",
            "GET",
            f"{base}/{{recordId}}/provenance.json",
            f"Each value of one {noun} with its source",
            family.read,
            ValueOrigin,
            partial(provenance_of_record, family=family),
            parameters=(*named, record),
            refusals=(
                HISTORY_OFF,
                OBJECT_NOT_FOUND,
            ),
        ),
    )


ENDPOINTS = (
    Endpoint(
        "leads.history",
        "GET",
        "/leadline/v1/leads/{leadId}/history.json",
        "Changes of one lead, newest first",
        READ_LEAD,
        Change,
        history_of_lead,
        parameters=(LEAD_ID, *PAGING),
        refusals=(HISTORY_OFF, LEAD_NOT_FOUND, INVALID_PAGE_TOKEN),
    ),
    Endpoint(
        "leads.provenance",
        "GET",
        "/leadline/v1/leads/{leadId}/provenance.json",
        "Each value of one lead with its source",
        READ_LEAD,
        ValueOrigin,
        provenance_of_lead,
        parameters=(LEAD_ID,),
        refusals=(
            HISTORY_OFF,
            LEAD_NOT_FOUND,
        ),
    ),
    *(endpoint for family in FAMILIES for endpoint in _of_family(family)),
)
