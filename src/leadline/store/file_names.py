"""The labels that clients gave their files: those that name a person go with him."""

from leadline.store import drafts, previews
from leadline.store.base import Session


def with_at(session: Session) -> list[str]:
    """Return the distinct names of files that have an `@`, as an address does; an index has no others."""
    return [row["file_name"] for row in session.rows("file_names_with_at")]


def forget(session: Session, file_name: str) -> None:
    """Take a name from jobs and their change sets; previews and drafts of such a file go as a whole.

    The writer row is held, so a job whose chunk waits for that keeps its name: its rows may bring the
    person anew.
    """
    session.run("forget_name_of_jobs", file_name=file_name)
    session.run("forget_name_of_sets", file_name=file_name)
    for row in session.rows("previews_of_name", file_name=file_name):
        previews.drop(session, row["preview_id"])
    for row in session.rows("drafts_of_name", file_name=file_name):
        drafts.drop(session, row["draft_id"])
