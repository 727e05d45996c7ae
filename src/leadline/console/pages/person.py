"""The person screen: found by id or key, each value with its source, history, and what belongs to it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from leadline.api.endpoint import (
    ASSETS,
    READ_ACTIVITY,
    READ_COMPANY,
    READ_LEAD,
    READ_OBJECT,
    READ_SALES_PERSON,
)
from leadline.console.numbers import number_in
from leadline.console.record_kinds import Found, find_records, kinds_to_read
from leadline.console.sentences import Refusal, refusal_of
from leadline.console.visit import Page, Visit
from leadline.errors import HISTORY_OFF, LEAD_NOT_FOUND, ServiceError
from leadline.lead_database.history import HistoryEntry
from leadline.lead_database.paging import Page as Portion
from leadline.lead_database.paging import Window

HISTORY_SHOWN, LINKS_SHOWN, MEMBERSHIPS_SHOWN = 50, 20, 300
_ANY = (*READ_LEAD, *READ_OBJECT, *READ_COMPANY, *READ_SALES_PERSON)
"""The permissions of which one is needed to find anything."""

_NOTHING_FOUND = "There is no {noun} with this value that is open to you."


def show_finder(visit: Visit) -> Response:
    """Show the form that finds people and records."""
    return _finder(visit)


def find(visit: Visit) -> Response:
    """Lead to the one record that a key finds, or show those that it finds."""
    try:
        found = find_records(visit, visit.form.get("by", ""), visit.form.get("value", "").strip())
    except ServiceError as error:
        return _finder(replace(visit, notice=refusal_of(error)))
    if not found.records:
        nothing = _NOTHING_FOUND.format(noun=found.kind.noun)
        return _finder(replace(visit, notice=Refusal(nothing, 404)))
    if len(found.records) > 1:
        return _finder(visit, found)
    known_by = found.records[0][found.kind.object_type.id_name]
    if found.kind.is_lead:
        return visit.redirect("person", number=known_by)
    return visit.redirect("record", kind=found.kind.name, known_by=known_by)


def _finder(visit: Visit, found: Found | None = None) -> Response:
    """Show the form, with what was asked before."""
    return visit.render(
        "person/find.html",
        kinds=kinds_to_read(visit),
        chosen=visit.form.get("by", "lead.email"),
        asked=visit.form.get("value", ""),
        found=found,
    )


def show_values(visit: Visit) -> Response:
    """Show each value of a person with its source."""
    return _of_person(visit, "values")


def show_history(visit: Visit) -> Response:
    """Show what was changed of a person, newest first."""
    return _of_person(visit, "history")


def show_memberships(visit: Visit) -> Response:
    """Show the lists and programs that a person is in."""
    return _of_person(visit, "memberships")


def show_links(visit: Visit) -> Response:
    """Show the records that link to a person."""
    return _of_person(visit, "links")


def _of_person(visit: Visit, tab: str) -> Response:
    caller, services, may_read = visit.caller, visit.services, visit.may(*READ_LEAD)
    services.tokens.permit(caller, (*READ_LEAD, *ASSETS))
    number = number_in(visit.path["number"])
    try:
        person = services.whole_records.lead(caller, number, with_sources=tab == "values")
    except ServiceError as refusal:
        if refusal.entry is not LEAD_NOT_FOUND:
            raise
        return _nobody(visit, number)
    values: dict[str, Any] = {
        "number": number,
        "person": person if may_read else None,
        "tab": tab,
        "log_days": caller.limits.history_days,
        "links": None,
        "lists": None,
    }
    if tab == "history" and may_read:
        values |= history_of(visit, lambda window: services.history.of_lead(caller, number, window))
    if tab == "memberships" and visit.may(*ASSETS):
        values |= _memberships(visit, number)
    if tab == "links" and visit.may(*READ_OBJECT):
        values["links"] = services.whole_records.linked_to_lead(caller, number, LINKS_SHOWN)
    return visit.render("person/person.html", **values)


def _nobody(visit: Visit, number: int) -> Response:
    """Say that there is no such person, and since when where the caller may know that."""
    deleted_at = None
    if visit.may(*READ_ACTIVITY) and visit.caller.limits.keeps_log:
        deleted_at = visit.services.whole_records.lead_deleted_at(visit.caller, number)
    return visit.render("person/nobody.html", status=404, number=number, deleted_at=deleted_at)


def _memberships(visit: Visit, number: int) -> dict[str, object]:
    """Return a person's lists and programs with their names, as many as a page of the API has."""
    caller, services = visit.caller, visit.services
    window = Window(MEMBERSHIPS_SHOWN, None)
    lists = services.lists.of_lead(caller, number, window)
    programs = services.members.programs_of(caller, number, (), None, None, window)
    list_names = {each.id: each.name for each in services.lists.all(caller)}
    program_names = {each.id: each.name for each in services.programs.all(caller)}
    return {
        "lists": [(each, list_names.get(each.list_id, "")) for each in (lists.items if lists else ())],
        "programs": [
            (each, program_names.get(each["id"], "")) for each in (programs.items if programs else ())
        ],
    }


def history_of(visit: Visit, read: Callable[[Window], Portion[HistoryEntry]]) -> dict[str, object]:
    """Return a portion of a history for a page; a sentence where this server keeps none."""
    try:
        portion = read(Window(HISTORY_SHOWN, visit.query.get("after")))
    except ServiceError as refusal:
        if refusal.entry is not HISTORY_OFF:
            raise
        return {"history": None, "after": None, "is_first": True, "hidden_fields": ()}
    return {
        "history": portion.items,
        "after": portion.next_page_token,
        "is_first": "after" not in visit.query,
        "hidden_fields": (),
    }


PAGES = (
    Page("person.find", "GET", "/person", show_finder, menu="People", permissions=_ANY),
    Page("person.found", "POST", "/person", find),
    Page("person", "GET", "/person/{number}", show_values),
    Page("person.history", "GET", "/person/{number}/history", show_history),
    Page("person.memberships", "GET", "/person/{number}/memberships", show_memberships),
    Page("person.links", "GET", "/person/{number}/links", show_links),
)
