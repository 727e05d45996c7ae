"""What an error of the catalogue is, and the exception that refuses a call with one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One error with which a whole call is refused (contract §13).

    `code` is the code on the wire and `template` the message, with `{name}` for each value. `when`
    and `advice` are sentences for the reference page `errors.md`: when the error is sent, and what
    the caller does then. `http_status` is the status line (200 for errors in an envelope);
    `counted` says whether such an answer counts against rate and quota (contract §10).
    """

    code: str
    template: str
    when: str
    advice: str
    http_status: int = 200
    counted: bool = True


class ServiceError(Exception):
    """A whole call is refused with `entry`; `values` fill its template.

    `why` says more than the template has room for; assets answer it as a warning.
    """

    def __init__(self, entry: Entry, **values: object) -> None:
        self.entry = entry
        self.why = values.get("why")
        self.message = entry.template.format(**values)
        super().__init__(f"{entry.code} {self.message}")
