"""The page that says how to provoke each code and fault; `tests/sandbox/test_provoke.py` executes each line of it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from leadline.api.app import ENDPOINTS
from leadline.api.endpoint import Endpoint
from leadline.api.openapi_errors import entries_of
from leadline.model.rules import Limits
from leadline.sandbox.faults.error_texts import error_for, known_codes
from leadline.sandbox.faults.presets import MEANINGS, PRESETS

POLL = "GET /bulk/v1/leads/batch/1001.json"
LISTS = "GET /rest/v1/lists.json"
UPLOAD = "upload /bulk/v1/leads.json?format=csv"
TOKEN = "GET /identity/oauth/token"


@dataclass(frozen=True, slots=True)
class Step:
    """One call, and what comes of it; a control call is told by its path, which begins without a slash."""

    call: str
    comes: str = ""

    @property
    def shown(self) -> str:
        """The step as the page has it."""
        return f"`{self.call}`" + (f" → {self.comes}" if self.comes else "")


@dataclass(frozen=True, slots=True)
class Line:
    """What is provoked, in words or as a code, and the steps that do it, in a subscription of its own.

    `text` is that of the last answer's error, where the page tells it; `says` what goes wrong, for people.
    """

    title: str
    steps: tuple[Step, ...]
    text: str | None = None
    says: str = ""


def control(call: str, body: Any) -> Step:
    """Return a control call."""
    return Step(f"{call} {json.dumps(body)}")


def fault(**members: Any) -> Step:
    """Return the call that sets a fault."""
    return control("POST faults", members)


def comes(call: str, *outcomes: str) -> tuple[Step, ...]:
    """Return a call that is made several times."""
    return tuple(Step(call, each) for each in outcomes)


def by_fault() -> Iterator[Line]:
    """Yield how each code of the catalogue is answered because a fault says so, and the text that it has."""
    for code in known_codes():
        endpoint = _simplest(code)
        path = endpoint.path.replace("{", "").replace("}", "")
        error = error_for(code, endpoint, endpoint.method, Limits.model_validate({}))
        steps = (fault(on=endpoint.operation_id, do={"code": code}), Step(f"{endpoint.method} {path}", code))
        yield Line(code, steps, error.message)


def _simplest(code: str) -> Endpoint:
    """Return an operation that may answer a code, one that is simple to call where there is one."""
    able = [
        each for each in ENDPOINTS if code in {entry.code for entry in entries_of(each)} and not each.open
    ]
    return min(
        able or ENDPOINTS[2:3],
        key=lambda each: (each.method != "GET", each.path.count("{"), each.path != "/rest/v1/lists.json"),
    )


def _limited(**limits: int) -> Step:
    return control("POST subscriptions", {"setup": {"limits": limits}})


BY_THEMSELVES = (
    Line("413", (_limited(upload_bytes_max=10), Step(UPLOAD, "413"))),
    Line("600", (Step(f"{LISTS}?access_token=", "600"),)),
    Line("601", (Step(f"{LISTS}?access_token=nonsense", "601"),)),
    Line(
        "602",
        (
            *comes(LISTS, "success"),
            control("POST clock", {"advance": "PT61M"}),
            *comes(LISTS, "602"),
            Step(TOKEN, "success"),
            *comes(LISTS, "success"),
        ),
    ),
    Line(
        "603",
        (
            control(
                "POST subscriptions",
                {
                    "setup": {
                        "credentials": [
                            {"name": "reader", "user": "r@example.com", "permissions": ["Read-Only Lead"]}
                        ]
                    }
                },
            ),
            Step(UPLOAD, "603"),
        ),
    ),
    Line("605", (Step("DELETE /rest/v1/lists.json", "605"),)),
    Line(
        "606",
        (
            _limited(rate_calls_max=1),
            *comes(LISTS, "success", "606"),
            control("POST clock", {"advance": "PT20S"}),
            *comes(LISTS, "success"),
        ),
    ),
    Line(
        "607",
        (
            _limited(daily_calls_max=1),
            *comes(LISTS, "success", "607"),
            control("POST clock", {"advance": "P1D"}),
            Step(TOKEN, "success"),
            *comes(LISTS, "success"),
        ),
    ),
    Line("609", (Step("POST /rest/v1/leads.json {", "609"),)),
    Line("610", (Step("GET /rest/v1/nothing.json", "610"),)),
    Line("702", (Step("GET /rest/asset/v1/staticList/99.json", "702"),)),
    Line("1001", (Step("upload /bulk/v1/leads.json?format=xml", "1001"),)),
    Line("1002", (Step("GET /rest/v1/leads.json", "1002"),)),
    Line("1004", (Step("GET /rest/v1/lead/99.json", "1004"),)),
    Line("1006", (Step(f"{UPLOAD}&lookupField=shoeSize", "1006"),)),
    Line(
        "1013",
        (
            Step(UPLOAD, "success"),
            control("POST clock", {"advance": "P8D"}),
            Step(TOKEN, "success"),
            Step(POLL, "1013"),
        ),
    ),
    Line(
        "1016",
        (
            _limited(jobs_queued_max=1),
            control("PUT jobs", {"progress": "hold"}),
            *comes(UPLOAD, "success", "1016"),
        ),
    ),
    Line(
        "1019",
        (
            control("POST subscriptions", {"setup": {"lists": [{"id": 1001, "name": "News"}]}}),
            control("PUT jobs", {"progress": "hold"}),
            *comes(f"{UPLOAD}&listId=1001", "success", "1019"),
        ),
    ),
)
"""Codes that come without a fault, by what a test does to limits, clock and jobs, or by a wrong call."""

KINDS = (
    Line("http", (fault(on="*", do={"http": 503, "retryAfter": 7}), Step(LISTS, "HTTP 503"))),
    Line("reset", (fault(on="lists.query", do={"reset": True}), Step(LISTS, "reset"))),
    Line(
        "a lost answer",
        (
            fault(on="bulk.*.create", phase="after", do={"reset": True}),
            Step(UPLOAD, "reset"),
            Step(UPLOAD, "success"),
            Step("GET /bulk/v1/leads/batch/1002.json", "success"),
        ),
    ),
    Line("hang", (fault(on="lists.query", do={"hang": "PT0.2S"}), Step(LISTS, "closed"))),
    Line(
        "delay",
        (fault(on="lists.query", do={"delay": {"min": "PT0.1S", "max": "PT0.2S"}}), Step(LISTS, "success")),
    ),
    Line("truncate", (fault(on="lists.query", do={"truncate": 20}), Step(LISTS, "broken off"))),
    Line(
        "cutBody",
        (fault(on="bulk.leads.create", do={"cutBody": 50}), Step(UPLOAD, "reset"), Step(POLL, "1013")),
    ),
    Line(
        "token",
        (
            fault(on="*.status", do={"token": "expire"}),
            Step(UPLOAD, "success"),
            Step(POLL, "602"),
            Step(LISTS, "602"),
            Step(TOKEN, "success"),
            Step(LISTS, "success"),
        ),
    ),
    Line(
        "a job that fails",
        (
            fault(on="bulk.*.create", do={"job": {"fail": "Import failed, it rained"}}),
            Step(UPLOAD, "success"),
            Step(POLL, "Failed"),
        ),
    ),
    Line(
        "a job that stalls",
        (
            fault(on="bulk.*.create", do={"job": {"stallAfterRows": 1}}),
            Step(UPLOAD, "success"),
            Step(POLL, "Importing"),
            control("POST jobs/1001/step", {"to": "Complete"}),
            Step(POLL, "Complete"),
        ),
    ),
    Line(
        "several in turn",
        (
            fault(on="lists.query", do=[{"http": 502}, {"code": "713"}]),
            *comes(LISTS, "HTTP 502", "713", "success"),
        ),
    ),
    Line(
        "some calls, by chance",
        (
            fault(on="lists.query", times="always", probability=0.5, seed=3, do={"code": "713"}),
            *comes(LISTS, "713", "success", "713", "success"),
        ),
    ),
    Line(
        "states of a job",
        (
            control("PUT jobs", {"progress": "polls:3"}),
            Step(UPLOAD, "success"),
            *comes(POLL, "Queued", "Importing", "Complete"),
        ),
    ),
    Line(
        "steps of a job",
        (
            control("PUT jobs", {"progress": "hold"}),
            Step(UPLOAD, "success"),
            Step(POLL, "Queued"),
            control("POST jobs/1001/step", {"to": "Importing"}),
            Step(POLL, "Importing"),
            control("POST jobs/1001/step", {"to": "Failed", "message": "Import failed, it rained"}),
            Step(POLL, "Failed"),
        ),
    ),
)
"""The other things that a fault, or the progress of jobs, may do."""

_SEEN: dict[str, tuple[Step, ...]] = {
    "throttled": comes(LISTS, "606", "606", "606", "success"),
    "concurrency": comes(LISTS, "615", "615", "success"),
    "quota": comes(LISTS, "607", "607"),
    "token_expired_mid_poll": (
        Step(UPLOAD, "success"),
        Step(POLL, "success"),
        Step(POLL, "602"),
        Step(TOKEN, "success"),
        Step(POLL, "success"),
    ),
    "queue_full": comes(UPLOAD, "1016", "1016", "success"),
    "lost_create_reply": (Step(UPLOAD, "reset"), Step(POLL, "success")),
    "flaky_gateway": comes(LISTS, "success", "success", "HTTP 502", "HTTP 503", "success", "reset"),
    "slow": comes(LISTS, "success"),
    "maintenance": (Step(LISTS, "HTTP 503"), Step(TOKEN, "HTTP 503")),
    "upload_cut": (Step(UPLOAD, "reset"), Step(POLL, "1013"), Step(UPLOAD, "success")),
}


def presets() -> Iterator[Line]:
    """Yield each preset with what a client sees of it."""
    for name in PRESETS:
        yield Line(name, (control("POST faults", {"preset": name}), *_SEEN[name]), says=MEANINGS[name])


def every_line() -> list[Line]:
    """Return all that the page says."""
    return [*by_fault(), *BY_THEMSELVES, *KINDS, *presets()]


def _steps(line: Line) -> str:
    return "<br>".join(each.shown for each in line.steps)


def provoke_page(table: Any) -> str:
    """Return the page."""

    def rows(lines: Iterable[Line]) -> Iterator[tuple[str, ...]]:
        for each in lines:
            said = [each.says] if each.says else [f"`{each.text}`"] if each.text is not None else []
            yield each.title, *said, _steps(each)

    written = ((f"`{name}`", f"`{json.dumps(found)}`") for name, found in PRESETS.items())
    return f"""# How to provoke each code

Each line holds in a fresh subscription of [the sandbox](sandbox.md). A call whose path begins without a slash is a control call of that subscription; `upload` sends the rows `email`, `ada@example.com`,
`bob@example.com`, `cy@example.com` as the part `file` of a form. Behind the arrow stands what comes of a call: a code, an HTTP status, the status of a job, *success*; or *reset* (the connection is reset), *closed*
(it is closed without an answer), *broken off* (the answer is not whole).

## By a fault

Any code can be set for any operation that answers codes; here is one for each.

{table("code", "text", "steps", rows=rows(by_fault()))}

## Without a fault

By limits of the subscription, its clock, its jobs, or by what the call says.

{table("code", "steps", rows=rows(BY_THEMSELVES))}

## What else can go wrong

{table("what", "steps", rows=rows(KINDS))}

## Presets

{table("preset", "what it is", "steps", rows=rows(presets()))}

Each of them is a fault, and what is given beside its name stands in place of the preset's own:

{table("preset", "as a fault", rows=written)}
"""
