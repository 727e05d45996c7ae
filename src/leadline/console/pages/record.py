"""Records of custom objects, companies and sales persons: values with their sources, history, links."""

from typing import Any

from starlette.responses import Response

from leadline.console.numbers import number_in
from leadline.console.pages.person import LINKS_SHOWN, history_of
from leadline.console.record_kinds import is_of_person, kind_named, may_read
from leadline.console.visit import Page, Visit
from leadline.errors import OBJECT_NOT_FOUND, ServiceError
from leadline.schema.accounts import ACCOUNTS


def show_values(visit: Visit) -> Response:
    """Show each value of a record with its source."""
    return _of_record(visit, "values")


def show_history(visit: Visit) -> Response:
    """Show what was changed of a record, newest first."""
    return _of_record(visit, "history")


def show_links(visit: Visit) -> Response:
    """Show the records that link to a record."""
    return _of_record(visit, "links")


def _of_record(visit: Visit, tab: str) -> Response:
    caller, services = visit.caller, visit.services
    kind = kind_named(visit, visit.path["kind"])
    text = visit.path["known_by"]
    known_by = number_in(text) if kind.name in ACCOUNTS else text.lower()
    try:
        record = services.whole_records.record(caller, kind.name, known_by, with_sources=tab == "values")
    except ServiceError as refusal:
        if refusal.entry is not OBJECT_NOT_FOUND:
            raise
        return visit.render("record/nothing.html", status=404, kind=kind, known_by=known_by)
    values: dict[str, Any] = {
        "kind": kind,
        "known_by": known_by,
        "record": record,
        "tab": tab,
        "log_days": caller.limits.history_days,
    }
    if tab == "history":
        values |= history_of(
            visit, lambda window: services.history.of_record(caller, kind.name, known_by, window)
        )
        values["hidden_fields"] = [
            each.name for each in kind.object_type.fields if is_of_person(each) and not kind.reads_people
        ]
    if tab == "links":
        linked = services.whole_records.linked_to_record(caller, kind.name, known_by, LINKS_SHOWN)
        values["links"] = [each for each in linked if may_read(visit, each.object_type)]
    return visit.render("record/record.html", **values)


PAGES = (
    Page("record", "GET", "/record/{kind}/{known_by}", show_values),
    Page("record.history", "GET", "/record/{kind}/{known_by}/history", show_history),
    Page("record.links", "GET", "/record/{kind}/{known_by}/links", show_links),
)
