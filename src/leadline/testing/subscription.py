"""A subscription of a sandbox in the hands of a test."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from leadline.testing import assertions
from leadline.testing.clock import Clock
from leadline.testing.control import Control
from leadline.testing.faults import Faults
from leadline.testing.jobs import Jobs
from leadline.testing.seeds import Rows, seed_files

if TYPE_CHECKING:
    from leadline.testing.server import Server


MEMBERS = ("url", "munchkinId", "clientId", "clientSecret", "credentials")
"""What a sandbox tells of a subscription that it has made."""


@dataclass(frozen=True, slots=True)
class Credential:
    """With what a client of the subscription logs in."""

    name: str
    client_id: str
    client_secret: str


class Subscription:
    """A subscription of one's own: what a client needs to reach it, and what a test controls of it.

    Every method raises `ControlError` where the sandbox refuses what it is told.
    """

    def __init__(self, server: "Server", made: Mapping[str, Any], control: Control) -> None:
        self.server = server
        """The sandbox, which makes more of them."""
        self.url: str = made["url"]
        self.munchkin_id: str = made["munchkinId"]
        self.client_id: str = made["clientId"]
        self.client_secret: str = made["clientSecret"]
        self.credentials: dict[str, Credential] = {
            each["name"]: Credential(each["name"], each["clientId"], each["clientSecret"])
            for each in made["credentials"]
        }
        """All credentials of its set-up, by their names."""
        self._control = control
        self._path = f"subscriptions/{self.munchkin_id}"
        self.faults = Faults(control, self._path)
        self.clock = Clock(control, self._path)
        self.jobs = Jobs(control, self._path)

    @property
    def env(self) -> dict[str, str]:
        """The variables by which a program under test is told where to go."""
        return {
            "LEADLINE_URL": self.url,
            "LEADLINE_CLIENT_ID": self.client_id,
            "LEADLINE_CLIENT_SECRET": self.client_secret,
        }

    def seed(
        self, leads: Rows = (), members: Mapping[int | str, Rows] | None = None, **records: Rows
    ) -> None:
        """Reset it, and let it begin with these rows as well, from now on.

        `members` are given by the id of their program, each with its `status`; other names are those
        of custom objects. No batch id, call or quota is spent.
        """
        self.seed_with(seed_files(leads, members, **records))

    def seed_with(self, files: Mapping[str, str]) -> None:
        """Do as `seed` does, with the texts of CSV files by their names."""
        self._control.call("POST", f"{self._path}/seed", {"files": dict(files)})

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The journal: its Marketo calls so far, oldest first, without values."""
        found: list[dict[str, Any]] = self._control.call("GET", f"{self._path}/calls")["calls"]
        return found

    def calls_with_values(self) -> list[dict[str, Any]]:
        """Return the journal with the values of query and parts."""
        found: list[dict[str, Any]] = self._control.call("GET", f"{self._path}/calls?values=1")["calls"]
        return found

    def state(self) -> dict[str, Any]:
        """Return all that it holds: `people`, `members`, `records` and `lists`, in order."""
        found: dict[str, Any] = self._control.call("GET", f"{self._path}/state")
        return found

    def leads(self) -> list[dict[str, Any]]:
        """Return its people, by the API names of their fields; a field that is null is not there."""
        found: list[dict[str, Any]] = self.state()["people"]
        return found

    def reset(self, to: str = "seed") -> None:
        """Bring it back to what it began with, or to a snapshot."""
        self._control.call("POST", f"{self._path}/reset", {"to": to})

    def snapshot(self, name: str) -> None:
        """Keep its present state under a name of `a-z`, `0-9` and `-`."""
        self._control.call("PUT", f"{self._path}/snapshots/{name}")

    def export(self) -> bytes:
        """Return its present state as a file to be kept beside tests."""
        return self._control.call_raw("GET", f"{self._path}/export")

    def restore(self, exported: bytes) -> None:
        """Bring it to a state that `export` gave, here or in any subscription."""
        self._control.call_raw("POST", f"{self._path}/import", exported)

    def delete(self) -> None:
        """Remove it with all that it holds."""
        self._control.call("DELETE", self._path)

    def assert_leads(
        self, by: str, rows: Iterable[Mapping[str, Any]], others: Literal["none", "any"] = "any"
    ) -> None:
        """Fail unless there is one lead for each row, found by its field `by`, with the row's values.

        Fields that a row does not name may hold anything; None stands for one that is null. With
        `others="none"` there may be no further leads.
        """
        assertions.assert_leads(self.leads(), by, rows, others)

    def assert_jobs(
        self,
        count: int | None = None,
        status: str | None = None,
        failed: int | None = None,
        within: float = 5.0,
    ) -> None:
        """Fail unless there are so many jobs, each in this status, with so many failed rows in all.

        What is not so yet may become so within these seconds. Without a status, each job is to have
        ended.
        """
        assertions.assert_jobs(self.jobs.all, count, status, failed, within)

    def assert_calls(self, operation: str, count: int | None = None) -> None:
        """Fail unless a client has made so many calls of this operation, or any where no count is given.

        `operation` is a shell pattern of operation ids, such as `"bulk.leads.create"`.
        """
        assertions.assert_calls(self.calls, operation, count)
