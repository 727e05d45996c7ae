"""Each command that a page shows is executed by a test, or says why not.

A new block, on a new page or an old one, fails here until a test runs it: in `test_how_to_pages.py`, most easily.
"""

import pytest

from tests.docs.demo import ROOT
from tests.docs.page_blocks import Block, blocks_of, pages

EVERY = ("",)
EXECUTED: dict[str, dict[str, tuple[str, ...]]] = {
    "README.md": {
        "tests/docs/test_readme.py": ("make run", "BASE=", "import json, time"),
        "tests/docs/test_tutorial.py": ("make setup\n.venv/bin/leadline serve",),
        "tests/install/test_wheel.py": ("uvx --from",),
    },
    "docs/tutorial.md": {"tests/docs/test_tutorial.py": EVERY},
    "docs/how-to/load-a-big-file.md": {"tests/docs/test_load_a_big_file.py": EVERY},
    "docs/how-to/run-on-postgresql.md": {"tests/nodes/test_postgres_page.py": EVERY},
    "docs/how-to/run-behind-pgbouncer.md": {"tests/nodes/test_pooler.py": EVERY},
    "docs/how-to/rotate-a-secret.md": {"tests/docs/test_rotate_a_secret.py": EVERY},
    "docs/how-to/tls-and-proxies.md": {"tests/docs/test_tls_and_proxies.py": EVERY},
    "docs/how-to/release.md": {"tests/install/test_wheel.py": ("make dist",)},
    "docs/how-to/use-it-in-ci.md": {
        "tests/install/test_wheel.py": ("pip install ./leadline",),
        "tests/docs/test_how_to_pages.py": ("leadline sandbox", "pytest -n auto"),
    },
    "docs/how-to/run-in-production.md": {"tests/docs/test_how_to_pages.py": ("sudo install -d",)},
    "docs/how-to/watch-it.md": {"tests/install/test_platform_path.py": ("leadline work",)},
    "docs/reference/push.md": {"tests/docs/test_load_a_big_file.py": ("from pathlib",)},
    "docs/reference/pytest.md": {"tests/sandbox/test_plugin.py": ("import leadline.testing",)},
    **{
        f"docs/how-to/{page}.md": {"tests/docs/test_how_to_pages.py": EVERY}
        for page in (
            "back-up-and-move",
            "find-out-who-set-a-value",
            "remove-a-subscription",
            "see-what-an-import-will-do",
            "send-again-and-cancel",
            "troubleshoot",
            "undo-an-import",
            "use-the-console",
        )
    },
}
"""By page, the test that executes blocks, and how these begin."""

NOT_RUN_MAX = 14
COMMANDS = [each for page in pages() for each in blocks_of(page) if each.is_command]


@pytest.mark.parametrize(
    "block", COMMANDS, ids=lambda each: f"{each.page}: {each.text.partition(chr(10))[0][:60]}"
)
def test_the_block_is_executed(block: Block) -> None:
    tests = EXECUTED.get(block.page, {})
    by = [test for test, begins in tests.items() if block.text.startswith(begins)]
    assert bool(by) is not bool(block.why_not), (
        "execute this block in a test that EXECUTED names, or put `<!-- not run: why -->` before it"
    )


def test_what_is_named_exists() -> None:
    """Each test, and the blocks that it is said to execute; it names the page that it reads."""
    for page, tests in EXECUTED.items():
        for test, begins in tests.items():
            assert (ROOT / test).exists(), test
            for each in begins:
                assert any(block.text.startswith(each) for block in COMMANDS if block.page == page), (
                    page,
                    each,
                )


def test_few_are_not_run() -> None:
    marked = [block for block in COMMANDS if block.why_not]
    assert len(marked) <= NOT_RUN_MAX
    assert len(COMMANDS) > 60
