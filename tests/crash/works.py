"""Small pieces of work whose every write is struck, by their names."""

import shutil
from pathlib import Path

from tests.crash.work import Work
from tests.crash.works_of_calls import Cancel, KeyedPost, Post, PostLarge
from tests.crash.works_of_stores import Migrate, MigrateControl, SetUp, SetUpControl
from tests.crash.works_of_workers import Apply, ImportJob, ImportLarge, Purge, Remove, Undo

WORKS: dict[str, Work] = {
    "remove": Remove(),
    "set up": SetUp(),
    "set up, control": SetUpControl(),
    "migration": Migrate(),
    "migration, control": MigrateControl(),
    "post": Post(),
    "post a large file": PostLarge(),
    "post with a key": KeyedPost(),
    "cancel": Cancel(),
    "import": ImportJob(),
    "import a large file": ImportLarge(),
    "apply": Apply(),
    "undo": Undo(),
    "purge": Purge(),
}


def copy_of(template: Path, data: Path) -> None:
    """Copy what is there before to where it may be struck."""
    for path in template.parent.glob(f"{template.name}*"):
        target = data.with_name(data.name + path.name.removeprefix(template.name))
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, target)
