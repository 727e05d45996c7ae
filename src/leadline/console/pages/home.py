"""The first page: the first screen of the navigation that a person may see."""

from starlette.responses import Response

from leadline.console.visit import Page, Visit


def show_home(visit: Visit) -> Response:
    """Lead to the first screen; who may see none is told so."""
    for page in visit.rendering.menu(visit):
        return visit.redirect(page.name)
    return visit.render("no_screen.html")


PAGES = (Page("home", "GET", "", show_home),)
