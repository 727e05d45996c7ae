"""Pictures of the console: `make screenshots` takes them.

Every page in both themes and three widths goes into a folder, and those of the documentation into
`docs/pictures`.
"""

import sys
import tempfile
from pathlib import Path

from tests.conftest import storing
from tests.console.browser import browser, looking, missing
from tests.console.tour import Shown, document, walk
from tests.harness import running

WIDTHS = (360, 1024, 1600)
THEMES = ("light", "dark")
DOCUMENTED = {"jobs": "console-jobs.png", "job": "console-job.png", "import.preview": "console-preview.png"}
PICTURES = Path("docs/pictures")


def take(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, browser() as started:
        for _ in storing("sqlite", in_process=True):
            for server in running(Path(data) / "data", document()):
                shown = Shown.fill(server)
                for theme in THEMES:
                    for width in WIDTHS:
                        size = {"width": width, "height": 900}
                        with looking(started, server, color_scheme=theme, viewport=size) as looker:
                            looker.login()
                            for key, _path in walk(looker, shown):
                                name = key.replace(" ", "-")
                                looker.page.screenshot(
                                    path=folder / f"{name}-{theme}-{width}.png", full_page=True
                                )
                                if (theme, width) == ("light", 1024) and name in DOCUMENTED:
                                    looker.page.screenshot(path=PICTURES / DOCUMENTED[name])


if __name__ == "__main__":
    if why := missing():
        sys.exit(why)
    take(Path(sys.argv[1]))
