"""Templates become answers: the Jinja environment, what templates may call, and the addresses of pages."""

from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import HTMLResponse, Response

from leadline.console import shown
from leadline.console.compiled_templates import CompiledTemplates
from leadline.console.files import StaticFiles
from leadline.console.site import ROOT
from leadline.console.visit import Page, Visit
from leadline.schema.record_errors.explained import error_of

_MENU = ("Jobs", "Import", "People", "Subscription")
"""The words of the navigation, in the order of a day's work."""


class Rendering:
    """Renders the console's templates, and knows the address of each page."""

    def __init__(self, pages: Iterable[Page], files: StaticFiles, prefix: str) -> None:
        self._pages = tuple(pages)
        self._by_name = {page.name: page for page in self._pages}
        self._root = prefix + ROOT
        self._files = files
        self._environment = Environment(
            loader=PackageLoader("leadline.console"),
            bytecode_cache=CompiledTemplates(
                resources.files(__package__).joinpath("rendering.py").read_text("utf-8")
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters |= {
            "number": shown.number,
            "bytes": shown.size,
            "ago": _ago,
            "explained": error_of,
            "duration": shown.duration,
            "instant": shown.instant,
            "cell": shown.cell,
            "machine_instant": shown.machine_instant,
        }
        self._environment.globals |= {"url": self.url, "static": self._static}

    def load_templates(self) -> Iterator[str]:
        """Load all templates, one for each step; yield their names."""
        for name in self._environment.list_templates(["html"]):
            self._environment.get_template(name)
            yield name

    def page(self, name: str) -> Page:
        """Return a page by its name."""
        return self._by_name[name]

    def page_at(self, path: str) -> Page | None:
        """Return the page that a browser gets at a path, None where there is none."""
        return next((page for page in self._pages if (page.method, page.path) == ("GET", path)), None)

    def url(self, name: str, /, **path_and_query: object) -> str:
        """Return the address of a page; what its path does not name, and is not None, goes into the query."""
        page = self._by_name[name]
        given = {key: str(value) for key, value in path_and_query.items() if value is not None}
        path = page.path.format(**{key: quote(given.pop(key), safe="") for key in page.path_names})
        return f"{self._root}{path}" + (f"?{urlencode(given)}" if given else "")

    def render(
        self, template: str, status: int = 200, *, visit: Visit | None = None, **values: Any
    ) -> Response:
        """Answer with a template."""
        known = {
            "visit": visit,
            "may": visit.may if visit else _may_nothing,
            "menu": self.menu(visit),
            "now": visit.now if visit else None,
        }
        return HTMLResponse(self._environment.get_template(template).render(**known, **values), status)

    def menu(self, visit: Visit | None) -> list[Page]:
        """Return the pages of the navigation that a person may see."""
        if visit is None:
            return []
        seen = [page for page in self._pages if page.menu and visit.caller.may(page.permissions)]
        return sorted(seen, key=lambda page: _MENU.index(page.menu))

    def _static(self, name: str) -> str:
        return f"{self._root}/static/{self._files.hashed(name)}"


@pass_context
def _ago(context: Context, instant_seconds: int) -> str:
    """Return how long ago an instant was, by the clock of the subscription."""
    return shown.ago(instant_seconds, context["now"])


def _may_nothing(*permissions: str) -> bool:
    return False
