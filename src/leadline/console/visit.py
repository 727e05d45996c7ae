"""What a page is given: one request of a person who is logged in, and the means to answer it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from leadline.api.call import Services
from leadline.console.sentences import Refusal, refusal_of
from leadline.errors import ServiceError
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass

if TYPE_CHECKING:
    from leadline.console.rendering import Rendering


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a logged-in person.

    `query` and `form` hold the first value of each name. A request `is_fragment` when the page asks for
    a part of itself. `notice` is the sentence that stands above what the page shows.
    """

    caller: Caller
    services: Services
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    is_fragment: bool
    page: "Page"
    rendering: "Rendering"
    notice: Refusal | None = None

    def url(self, name: str, /, **path_and_query: object) -> str:
        """Return the address of a page: values that its path names go there, the others into the query."""
        return self.rendering.url(name, **path_and_query)

    def may(self, *permissions: str) -> bool:
        """Tell whether the person has one of the permissions."""
        return self.caller.may(permissions)

    @property
    def now(self) -> int:
        """The instant by the clock of the subscription, which a sandbox may have moved."""
        return self.services.time.now(self.caller.munchkin_id)

    def render(self, template: str, /, status: int = 200, **values: object) -> Response:
        """Answer with a template, which knows this visit as `visit`."""
        if self.notice is not None and status == 200:
            status = self.notice.http_status
        return self.rendering.render(template, status, visit=self, **values)

    def redirect(self, name: str, /, **path_and_query: object) -> Response:
        """Send the browser to another page, which it gets."""
        return RedirectResponse(self.url(name, **path_and_query), 303)

    def refused(
        self, error: ServiceError | str, page: str = "", /, status: int = 409, **path_and_query: object
    ) -> Response:
        """Answer with a page and why the request was refused above it.

        `page` is the name of the page to show; without one it is that of the request's own path.
        """
        refusal = refusal_of(error) if isinstance(error, ServiceError) else Refusal(error, status)
        shown = self.rendering.page(page) if page else self.rendering.page_at(self.page.path)
        if shown is None:
            return self._refused_alone(refusal)
        given = {key: str(value) for key, value in path_and_query.items() if value is not None}
        path = {key: given.pop(key, self.path.get(key, "")) for key in shown.path_names}
        query = given if page else {**self.query, **given}
        visit = replace(self, page=shown, path=path, query=query, form={}, notice=refusal)
        try:
            return shown.answer(visit)
        except ServiceError:  # such as that of a job that is no more
            return self._refused_alone(refusal)

    def refused_alone(self, error: ServiceError) -> Response:
        """Answer with nothing but why there is no such page."""
        return self._refused_alone(refusal_of(error))

    def _refused_alone(self, refusal: Refusal) -> Response:
        return self.rendering.render("refused.html", refusal.http_status, visit=self, refusal=refusal)


PageFunction = Callable[[Visit], Response]
StreamFunction = Callable[[Visit, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One method on one path of the console.

    `path` stands behind `/console`; its `{names}` are in `Visit.path`. The function runs on a thread; a
    `stream` instead runs on the event loop and reads the body of the request itself. A page with a
    `menu` stands in the navigation under that word. Who has none of the `permissions` does not see it.
    """

    name: str
    method: str
    path: str
    function: PageFunction | None = None
    menu: str = ""
    permissions: tuple[str, ...] = ()
    stream: StreamFunction | None = None

    def answer(self, visit: Visit) -> Response:
        """Answer a request whose body was read."""
        assert self.function is not None, f"{self.name} reads its body itself"
        return self.function(visit)

    @property
    def path_names(self) -> tuple[str, ...]:
        """The names in its path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))
