"""The pages of the console, a file for each screen; each holds its rows of the table of pages."""

from importlib import import_module
from pkgutil import iter_modules

from leadline.console.visit import Page


def all_pages() -> tuple[Page, ...]:
    """Return the rows of all screens."""
    screens = [import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)]
    return tuple(page for screen in screens for page in screen.PAGES)
