"""The subscription screen: what there is, what is used, what went wrong, what is set; read-only."""

from starlette.responses import Response

from leadline import errors
from leadline.api.endpoint import (
    ASSETS,
    READ_COMPANY,
    READ_LEAD,
    READ_OBJECT,
    READ_OBJECT_TYPE,
    SCHEMA_FIELD,
)
from leadline.console.visit import Page, Visit
from leadline.errors import Entry
from leadline.schema.leads import COMPANY, LEAD
from leadline.schema.members import PROGRAM_MEMBER

_OBJECT_TYPES = {
    LEAD: ("Leads", (*READ_LEAD, *SCHEMA_FIELD)),
    PROGRAM_MEMBER: ("Program members", (*READ_LEAD, *SCHEMA_FIELD)),
    COMPANY: ("Companies", (*READ_COMPANY, *SCHEMA_FIELD)),
}
"""Whose fields are shown: their titles, and the permissions of which one is needed."""

_TYPES = (*READ_OBJECT, *READ_OBJECT_TYPE)


def show_usage(visit: Visit) -> Response:
    """Show limits, what is used of them today, and the errors of the week."""
    caller, services = visit.caller, visit.services
    (today,) = services.call_limits.days(caller, last_week=False)
    unfinished = services.jobs.unfinished(caller.munchkin_id)
    return visit.render(
        "subscription/usage.html",
        tab="usage",
        today=today,
        week=services.overview.errors_of_week(caller),
        meanings=_meanings(),
        jobs_unfinished=sum(each.purpose.is_import for each in unfinished),
        limits=caller.limits,
    )


def _meanings() -> dict[str, list[Entry]]:
    """Return which errors of the catalogue have a code."""
    meanings: dict[str, list[Entry]] = {}
    for each in vars(errors).values():
        if isinstance(each, Entry):
            meanings.setdefault(each.code, []).append(each)
    return meanings


def show_fields(visit: Visit) -> Response:
    """Show fields with their types, those of one kind of record and those that a search finds."""
    may = {name: title for name, (title, needed) in _OBJECT_TYPES.items() if visit.may(*needed)}
    chosen = visit.query.get("of", LEAD)
    chosen = chosen if chosen in may else next(iter(may), "")
    search, data_type = visit.query.get("search", "").strip(), visit.query.get("type", "")
    every = visit.services.fields.all(visit.caller, chosen) if chosen else []
    wanted = [
        each
        for each in every
        if search.lower() in f"{each.field.name} {each.field.display_name}".lower()
        and data_type in ("", each.field.type.name)
    ]
    return visit.render(
        "subscription/fields.html",
        tab="fields",
        kinds=may,
        chosen=chosen,
        search=search,
        data_type=data_type,
        types=sorted({each.field.type.name for each in every}),
        fields=wanted,
        count=len(every),
    )


def show_lists(visit: Visit) -> Response:
    """Show static lists and programs, those that a search finds."""
    may, search = visit.may(*ASSETS), visit.query.get("search", "").strip()
    lists = visit.services.lists.all(visit.caller) if may else []
    programs = visit.services.programs.all(visit.caller) if may else []
    return visit.render(
        "subscription/lists.html",
        tab="lists",
        may_see=may,
        search=search,
        lists=[each for each in lists if search.lower() in each.name.lower()],
        programs=[each for each in programs if search.lower() in each.name.lower()],
        channels=visit.services.programs.channels(visit.caller) if may else [],
    )


def show_objects(visit: Visit) -> Response:
    """Show the types of custom objects with their fields."""
    may = visit.may(*_TYPES)
    found = visit.services.object_types.all(visit.caller, (), None) if may else []
    return visit.render("subscription/objects.html", tab="objects", may_see=may, types=found)


def show_credentials(visit: Visit) -> Response:
    """Show who may call, without secrets."""
    return visit.render(
        "subscription/credentials.html",
        tab="credentials",
        credentials=visit.services.overview.credentials(visit.caller),
        sees_all=visit.caller.permissions is None,
    )


def show_settings(visit: Visit) -> Response:
    """Show the limits and rules that hold."""
    return visit.render(
        "subscription/settings.html",
        tab="settings",
        settings=visit.services.overview.settings(visit.caller),
    )


PAGES = (
    Page("subscription", "GET", "/subscription", show_usage, menu="Subscription"),
    Page("subscription.fields", "GET", "/subscription/fields", show_fields),
    Page("subscription.lists", "GET", "/subscription/lists", show_lists),
    Page("subscription.objects", "GET", "/subscription/objects", show_objects),
    Page("subscription.credentials", "GET", "/subscription/credentials", show_credentials),
    Page("subscription.settings", "GET", "/subscription/settings", show_settings),
)
