"""What a record error is: a line of the catalogue, and what an answer says of it (contract §7.3, §13)."""

from typing import NamedTuple

from leadline.model.dataclass import dataclass
from leadline.model.jobs import IssueKind


class Reason(NamedTuple):
    """What an answer says of one record: the code of an error, and its message with all values filled in."""

    code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class RecordError:
    """One line of the catalogue.

    `template` is the text, with `{name}` for each value. `code` is what calls answer with it, None
    where only files have it. `files` are the kinds of files that show it, none where only calls
    answer it. `when` says what is wrong with the record, `advice` what its sender should do.
    """

    template: str
    code: str | None
    files: tuple[IssueKind, ...]
    when: str
    advice: str

    def message(self, **values: object) -> str:
        """Return the text with these values; raises KeyError when the template has one that is not given."""
        return self.template.format(**values)

    def reason(self, **values: object) -> Reason:
        """Return the code and the message with these values."""
        return Reason(self.code, self.message(**values))


CALLS: tuple[IssueKind, ...] = ()
FAILURE, WARNING = (IssueKind.FAILURE,), (IssueKind.WARNING,)
EITHER = (IssueKind.FAILURE, IssueKind.WARNING)
"""The files that show an error, none where only calls answer it."""
