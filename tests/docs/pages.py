"""The reference pages that are made from the product's own tables: `python -m tests.docs.pages` writes them."""

import dataclasses
import inspect
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from leadline import errors, events
from leadline.console.pages import all_pages
from leadline.events.server_state import DiskSpace, ServerState, StoreFigures
from leadline.schema.accounts import ACCOUNTS
from leadline.schema.catalog import Field, ObjectType
from leadline.schema.leads import lead_type
from leadline.schema.members import member_type
from leadline.schema.record_errors import RECORD_ERRORS
from leadline.telemetry.subscriber import Telemetry
from tests.docs.command_line import command_line_page
from tests.docs.provoke import provoke_page
from tests.docs.values import FORMS, HEAD

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
COMMAND = "python -m tests.docs.pages"


NEVER_SENT = {"614", "1014", "1018", "1026"}
"""No feature and no CRM can be switched, no call takes a cookie, a list that cannot be made has a reason."""


def documented_codes() -> dict[str, str]:
    """Return the codes of contract §13, each with its level: response, record or header."""
    text = (REFERENCE / "contract" / "fields-and-errors.md").read_text("utf-8")
    return dict(re.findall(r"^\| (\d+)\*? \| ([\w, ]+?) \|", text, re.MULTILINE))


def table(*columns: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; a bar in a cell is escaped."""
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def entries() -> dict[str, errors.Entry]:
    """Return the catalogue of errors by the names in the code, in the order of their codes."""
    found = {name: each for name, each in vars(errors).items() if isinstance(each, errors.Entry)}
    return dict(sorted(found.items(), key=lambda pair: int(pair[1].code)))


def errors_page() -> str:
    """Return the page of the errors that answer a whole call, and of the reasons of records."""
    rows = (
        (f"{each.code}{'' if each.counted else '*'}", f"`{each.template}`", each.when, each.advice)
        for each in entries().values()
    )
    record_rows = (
        (each.code or "", f"`{each.template}`", " or ".join(each.files), each.when, each.advice)
        for each in RECORD_ERRORS.values()
    )
    return f"""# Errors

Every error with which a whole call is refused. It stands in `errors` of the answer as `code` and `message`; the HTTP status is 200, but for
413 and 414. Words in braces are values. An answer with a star counts for no limit.

{table("code", "text", "when", "what to do", rows=rows)}

## Records

Why one record of a call is skipped, and why a row of a file fails or has a warning. A call has code and message in the record's `reasons`; a
file has the message alone, in the last column of its failure or warning file.

{table("code", "text", "in files", "when", "what to do", rows=record_rows)}
"""


def event_types() -> list[type[events.Event]]:
    """Return every event that is emitted, module by module; others derive from the rest."""
    found = [
        each for each in vars(events).values() if inspect.isclass(each) and issubclass(each, events.Event)
    ]
    return [
        each for each in found if not any(other is not each and issubclass(other, each) for other in found)
    ]


def type_name(annotation: Any) -> str:
    """Return how JSON calls a type."""
    if isinstance(annotation, UnionType):
        return " or ".join(type_name(each) for each in get_args(annotation))
    return {str: "string", int: "integer", float: "number", NoneType: "null"}[annotation]


def members_of(event: type[events.Event]) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and meaning of what an event carries."""
    hints = get_type_hints(event, include_extras=True)
    for each in dataclasses.fields(event):
        kind, *meanings = get_args(hints[each.name]) or (hints[each.name],)
        assert meanings, f"{event.__name__}.{each.name}: say what it means, as Annotated[type, meaning]"
        meaning = meanings[0]
        yield each.name, type_name(kind), meaning


def events_page() -> str:
    """Return the page of events."""
    rows = (
        (
            f"`{each.__name__}`",
            each.level,
            " ".join((inspect.getdoc(each) or "").split()),
            "<br>".join(f"`{name}` ({kind}): {meaning}" for name, kind, meaning in members_of(each)) or "-",
        )
        for each in event_types()
    )
    return f"""# Events

The log is a line for each event, on standard error. On a terminal it is short: the local time, the level, the event's name, and what it carries as
`name=value`. Elsewhere it is JSON: `time` (RFC 3339, UTC, with milliseconds), `level`, `event`, and what the event carries. `--log-format`
(`LEADLINE_LOG_FORMAT`) chooses `json` or `text` for both. No event carries a cell of a file, a secret, a token, an e-mail address or a query string.

`info` is what happens every day, `warning` what the product has mended by itself and what should stay seldom, `error` what somebody has to look
at. What to do is told in [watch it](../how-to/watch-it.md#read-the-log).

{table("event", "level", "when", "carries", rows=rows)}
"""


def sample(event: type[events.Event]) -> events.Event:
    """Return an event of a type, filled with something of each member's type."""
    hints = get_type_hints(event)
    kinds = (get_args(hints[each.name]) or (hints[each.name],) for each in dataclasses.fields(event))
    return event(*(kind[0](1) for kind in kinds))


def all_metrics() -> list[Metric]:
    """Return each metric that there is, as an answer has it after one event of each kind, with all known."""
    telemetry = Telemetry(io.StringIO())
    telemetry.metrics.tell_build("sqlite")
    for each in event_types():
        telemetry.emit(sample(each))
    figures = StoreFigures({"Queued": 1}, 1, 1, 1, 0, DiskSpace(2, 1))
    state = ServerState(True, True, figures, {0: os.getppid()}, 1, certificate_ends_at=1)
    return list(text_string_to_metric_families(telemetry.metrics.text(state).decode()))


def metrics_page() -> str:
    """Return the page of metrics."""
    rows = []
    for family in all_metrics():
        labels = sorted({name for each in family.samples for name in each.labels} - {"le"})
        name = f"{family.name}_total" if family.type == "counter" else family.name
        shown = ", ".join(f"`{label}`" for label in labels) or "-"
        rows.append((f"`{name}`", family.type, shown, family.documentation))
    return f"""# Metrics

`GET /metrics` answers them as Prometheus text, without a token, unless `LEADLINE_SERVER__METRICS` is `false`; `leadline work --metrics-port` answers those of
its workers. [Watch it](../how-to/watch-it.md) has a dashboard and alerts made of them.

Counters begin at 0 when the server starts and count what this server and its workers did; durations are seconds. A histogram has `_bucket`, `_sum` and
`_count`. Gauges of the stores (`leadline_subscriptions` and those behind it in the table) speak of all subscriptions, whichever server is asked, and are at most
ten seconds old. What is not known is left out and is never 0: these gauges while the control store does not answer, `leadline_disk_…` on PostgreSQL, the end of a certificate without TLS. An answer takes less than a
second though the database hangs, and is made anew once a second at most.

Labels: `route`, `method`, `http_status` and `code` are those of a call, and `code` is empty for a success; `status` is a job's, `outcome` a row's; `reason` says why
something ended or could not be done; `worker` is the number of a worker of this server, from 0. No label names a subscription or a client.

{table("name", "type", "labels", "meaning", rows=rows)}
"""


def field_rows(object_type: ObjectType) -> Iterator[tuple[str, ...]]:
    """Yield a line for each field."""

    def marks(field: Field) -> Iterator[str]:
        if field.searchable:
            yield "filter"
        if field.read_only:
            yield "read only"
        elif field.fixed:
            yield "given once"

    for each in object_type.fields:
        length = "" if each.length is None else str(each.length)
        yield f"`{each.name}`", each.display_name, each.type.name, length, ", ".join(marks(each))


TITLES = {"company": "Companies", "sales_person": "Sales persons"}


def fields_page() -> str:
    """Return the page of the standard fields."""
    kinds = (
        ("Leads", lead_type()),
        ("Program members", member_type()),
        *((TITLES[name], account()) for name, account in ACCOUNTS.items()),
    )
    sections = (
        f"## {title}\n\n"
        + table("API name", "shown as", "type", "length", "marks", rows=field_rows(object_type))
        for title, object_type in kinds
    )
    return f"""# Standard fields

What every subscription has, before its own fields. Files, bodies and filters use the API names, in any case. Lengths are characters.
What a cell of each type may look like stands on the page [values](values.md).

Marks: *filter*: records can be found by it; *read only*: only the product writes it; *given once*: given when the record is created, never
changed after. Which of them a sync or an import can look leads up by, describe2 says.

{chr(10).join(f"{each}{chr(10)}" for each in sections)}"""


def values_page() -> str:
    """Return the page of the forms of values."""
    sections = (
        f"## {form.title}\n\nTypes: {', '.join(f'`{each}`' for each in form.types)}. {form.says}\n\n"
        + table("cell", "is", rows=((f"`{each.cell}`", each.shown) for each in form.examples))
        for form in FORMS
    )
    return HEAD + "\n" + "\n".join(f"{each}\n" for each in sections)


def console_pages_page() -> str:
    """Return the page of the console's own addresses."""
    rows = (
        (
            page.method,
            f"`/console{page.path}`",
            str(inspect.getdoc(page.function or page.stream)).partition("\n")[0],
        )
        for page in all_pages()
    )
    return f"""# Pages of the console

What each address of the [console](console.md) does. The credential's permissions say what of it a person may see or do: they are
those of the API's call of the same subject. Names in braces are numbers, or names that the page before has given.

{table("method", "path", "what it does", rows=rows)}
"""


PAGES: dict[str, Callable[[], str]] = {
    "console-pages.md": console_pages_page,
    "command-line.md": command_line_page,
    "errors.md": errors_page,
    "events.md": events_page,
    "metrics.md": metrics_page,
    "fields.md": fields_page,
    "values.md": values_page,
    "provoke.md": lambda: provoke_page(table),
}


def write() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    write()
