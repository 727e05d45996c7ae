"""The words in which people are told of a job: one table, so that an undo is never called an import."""

from leadline.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class JobWords:
    """What a job is called, what its worker is doing, and what is done with its rows."""

    name: str
    doing_it: str

    def failed(self, why: str) -> str:
        """Return the message of a job that has failed."""
        return f"{self.name} failed, {why}"

    def ended(self, how: str, parts: list[tuple[int, str]]) -> str:
        """Return the message of a job that is completed or cancelled; parts that are zero are left out."""
        return ", ".join([f"{self.name} {how}", *(text for count, text in parts if count)])


IMPORT_WORDS = JobWords("Import", "importing it")
APPLY_WORDS = JobWords("Import", "applying its preview")
"""An apply imports what a preview has shown; the clients of imports see it."""
UNDO_WORDS = JobWords("Undo", "taking it back")
UPLOAD_DAMAGED = "the uploaded file is missing or damaged in the store: send it again"


def words_for(undoes: int | None, applies: str | None) -> JobWords:
    """Return the words for a job, by what it takes back and applies."""
    if undoes is not None:
        return UNDO_WORDS
    return IMPORT_WORDS if applies is None else APPLY_WORDS
