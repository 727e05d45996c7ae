"""The jobs screen: how the queue stands, rows of the last time, and the jobs themselves."""

from starlette.responses import Response

from leadline.api.bulk_kinds import permissions_for
from leadline.api.endpoint import ASSETS, WRITE_LEAD, WRITE_OBJECT
from leadline.console.charts import AXIS, STACK, columns_over_time, time_of
from leadline.console.visit import Page, Visit
from leadline.console.words import kind_of, outcomes_of, status_of
from leadline.imports.counts import RowsOfTime
from leadline.model.dataclass import dataclass
from leadline.model.jobs import JobKind, Status
from leadline.model.listed_jobs import JobFilter, JobGroup, ShownJob

JOBS_SHOWN = 50
_ANY_ID = 2**62
_CHOICES_MAX = 200

TABS = {
    "all": ("All", JobFilter()),
    "queued": ("Queued", JobFilter(status=Status.QUEUED)),
    "importing": ("Importing", JobFilter(status=Status.IMPORTING)),
    "complete": ("Complete", JobFilter(status=Status.COMPLETE)),
    "with-failures": ("With failures", JobFilter(with_failures=True)),
    "failed": ("Failed", JobFilter(status=Status.FAILED)),
    "undone": ("Undone", JobFilter(undone=True)),
}
"""The tabs by their names in addresses: titles, and which jobs they hold."""

SPANS = {"24h": "24 hours", "7d": "7 days", "90d": "90 days"}
_DAYS = {"7d": 7, "90d": 90}
_FILTERS = ("user", "kind", "list")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the jobs that there are can be filtered by; lists by id, with the names that are known."""

    users: list[str]
    kinds: list[tuple[str, str]]
    lists: list[tuple[int, str]]


def show_jobs(visit: Visit) -> Response:
    """Show the queue, the chart and a page of jobs."""
    caller, services = visit.caller, visit.services
    kinds = [kind for kind in JobKind if caller.may(permissions_for(kind))]
    query = visit.query
    tab = query.get("tab", "all")
    tab = tab if tab in TABS else "all"
    span = query.get("span", "24h")
    span = span if span in SPANS else "24h"
    by = {name: query[name] for name in _FILTERS if query.get(name)}
    before = _number(query.get("before")) or _ANY_ID
    groups = services.jobs.groups(caller, kinds)
    found = services.jobs.newest(caller, kinds, _filter(tab, by), before, JOBS_SHOWN + 1)
    jobs, older = found[:JOBS_SHOWN], found[JOBS_SHOWN:]
    day = services.job_figures.rows_by_hour(caller, kinds, 24)
    times = day if span == "24h" else services.job_figures.rows_by_day(caller, kinds, _DAYS[span])
    kept = {**by, "tab": None if tab == "all" else tab, "span": None if span == "24h" else span}
    counts = {name: sum(each.jobs for each in groups if _filter(name, by).takes(each)) for name in TABS}
    return visit.render(
        "jobs/live.html" if visit.is_fragment else "jobs/page.html",
        queue=services.jobs.queue(caller),
        failed_in_a_day=sum(each.failed for each in day),
        axis=AXIS,
        chart=columns_over_time(times, by_hour=span == "24h"),
        times=[(time_of(each.begin, by_hour=span == "24h"), each) for each in times],
        sums=_sums(times),
        stack=STACK,
        spans=[
            (title, visit.url("jobs", **{**kept, "span": name}), name == span)
            for name, title in SPANS.items()
        ],
        span_title=SPANS[span],
        tabs=[
            (title, visit.url("jobs", **{**kept, "tab": name}), name == tab, counts[name])
            for name, (title, _) in TABS.items()
        ],
        jobs=[_line(each, services.time.now(caller.munchkin_id)) for each in jobs],
        jobs_at_all=sum(each.jobs for each in groups),
        newest=visit.url("jobs", **kept) if before != _ANY_ID else "",
        older=visit.url("jobs", **kept, before=jobs[-1].job.batch_id) if older else "",
        choices=_choices(visit, groups),
        by={name: by.get(name, "") for name in _FILTERS},
        is_filtered=bool(by),
        kept=kept,
        here=visit.url("jobs", **kept, before=None if before == _ANY_ID else before),
        unfinished=counts["queued"] + counts["importing"] > 0,
        retention_days=caller.limits.retention_days,
    )


def _filter(tab: str, by: dict[str, str]) -> JobFilter:
    """Return which jobs a tab holds, within who, kind and list; what is no number of a list is none."""
    of_tab = TABS[tab][1]
    list_id = (_number(by["list"]) or -1) if "list" in by else None
    return JobFilter(
        of_tab.status, by.get("kind"), by.get("user"), list_id, of_tab.with_failures, of_tab.undone
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _sums(times: list[RowsOfTime]) -> dict[str, int]:
    return {outcome: sum(getattr(each, outcome) for each in times) for outcome in STACK}


def _line(shown: ShownJob, now: int) -> dict[str, object]:
    """Return a job as the table shows it."""
    job = shown.job
    return {
        "shown": shown,
        "job": job,
        "word": status_of(job),
        "kind": kind_of(job.request.object_type),
        "outcomes": dict(outcomes_of(job)),
        "rate": job.rate(now),
        "remaining": job.remaining(now),
    }


def _choices(visit: Visit, groups: list[JobGroup]) -> Choices:
    lists = sorted({each.list_id for each in groups if each.list_id is not None})[:_CHOICES_MAX]
    names: dict[int, str] = {}
    if lists and visit.may(*ASSETS):
        names = {each.id: each.name for each in visit.services.lists.all(visit.caller)}
    return Choices(
        sorted({each.user for each in groups if each.user})[:_CHOICES_MAX],
        [(each, kind_of(each)) for each in sorted({each.object_type for each in groups})][:_CHOICES_MAX],
        [(each, names.get(each, "")) for each in lists],
    )


PAGES = (Page("jobs", "GET", "/jobs", show_jobs, menu="Jobs", permissions=(*WRITE_LEAD, *WRITE_OBJECT)),)
