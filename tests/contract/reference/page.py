"""The page that lists the operations and what each is held to: `python -m tests.contract.reference.page`."""

from pathlib import Path

from tests.contract.reference.subjects import SUBJECTS

PAGE = Path(__file__).parents[3] / "docs/reference/operations.md"
HEAD = """# Operations held to the original's reference

Each line is an operation that is served, with its other spellings, and the pages and models of the original's public reference
(developer pages and swagger files) whose samples its answers equal: every member, its type, null or not, its order, the envelope,
the content type. The tests in `tests/contract/reference` make each call on each database and compare; this page is written from
them by `python -m tests.contract.reference.page`, and a test holds it to them. What differs on purpose stands on the page
[behaviour](behaviour.md).
"""


def page() -> str:
    """Return the page."""
    operations = [operation for subject in SUBJECTS for operation in subject.OPERATIONS]
    cases = sum(len(operation.cases) for operation in operations)
    lines = [
        f"| {'<br>'.join(f'`{call}`' for call in each.calls)} | {'; '.join(case.source for case in each.cases)} |"
        for each in operations
    ]
    count = f"{len(operations)} operations, all of them equal to their model in {cases} cases."
    return "\n".join([HEAD, count, "", "| operation | held to |", "|---|---|", *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
