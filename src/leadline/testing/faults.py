"""What goes wrong with the calls of a subscription."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from leadline.testing.control import Control

Seconds = float | timedelta


class Faults:
    """The faults of one subscription; each method sets one and returns its id.

    `on` is a shell pattern of operation ids, such as `"bulk.leads.create"` or `"*.status"`. Further
    members of a fault, such as `skip`, `times` (a number or `"always"`), `probability`, `seed` and
    `phase`, are given by name. A fault that never happens fails the test, but with `must_fire=False`.
    """

    def __init__(self, control: Control, path: str) -> None:
        self._control = control
        self._path = f"{path}/faults"
        self._optional: set[int] = set()

    def code(self, code: str | int, on: str = "*", *, must_fire: bool = True, **members: Any) -> int:
        """Answer a code of the API, such as `"606"`."""
        return self._set(on, {"code": str(code)}, members, must_fire)

    def http(
        self,
        status: int,
        on: str = "*",
        *,
        retry_after: int | None = None,
        must_fire: bool = True,
        **members: Any,
    ) -> int:
        """Answer an HTTP status from 400 on, as a gateway would."""
        do = {"http": status} | ({} if retry_after is None else {"retryAfter": retry_after})
        return self._set(on, do, members, must_fire)

    def reset(self, on: str = "*", *, must_fire: bool = True, **members: Any) -> int:
        """Reset the connection before the call's work is done; `phase="after"` does so behind it."""
        return self._set(on, {"reset": True}, members, must_fire)

    def lost_reply(self, on: str = "*", *, must_fire: bool = True, **members: Any) -> int:
        """Do the call's work, and lose its answer."""
        return self._set(on, {"reset": True}, {"phase": "after"} | members, must_fire)

    def hang(self, seconds: Seconds, on: str = "*", *, must_fire: bool = True, **members: Any) -> int:
        """Answer nothing for so long, then close the connection."""
        return self._set(on, {"hang": duration(seconds)}, members, must_fire)

    def delay(self, seconds: Seconds, on: str = "*", *, must_fire: bool = True, **members: Any) -> int:
        """Wait before the call goes on as usual."""
        return self._set(on, {"delay": duration(seconds)}, members, must_fire)

    def truncate(self, after_bytes: int, on: str = "*", *, must_fire: bool = True, **members: Any) -> int:
        """Break the answer off after so many bytes."""
        return self._set(on, {"truncate": after_bytes}, members, must_fire)

    def cut_body(
        self, after_bytes: int, on: str = "bulk.*.create", *, must_fire: bool = True, **members: Any
    ) -> int:
        """Reset the connection when so many bytes of the call's body have come."""
        return self._set(on, {"cutBody": after_bytes}, members, must_fire)

    def expire_token(self, on: str = "*", *, must_fire: bool = True, **members: Any) -> int:
        """Let the call's token expire: it is answered 602."""
        return self._set(on, {"token": "expire"}, members, must_fire)

    def fail_job(
        self, message: str, on: str = "bulk.*.create", *, must_fire: bool = True, **members: Any
    ) -> int:
        """Let the job that the call creates fail with this message."""
        return self._set(on, {"job": {"fail": message}}, members, must_fire)

    def stall_job(
        self, after_rows: int, on: str = "bulk.*.create", *, must_fire: bool = True, **members: Any
    ) -> int:
        """Let the job that the call creates stand still after so many rows."""
        return self._set(on, {"job": {"stallAfterRows": after_rows}}, members, must_fire)

    def preset(self, name: str, *, must_fire: bool = True, **members: Any) -> int:
        """Set one of the troubles that have a name, such as `"throttled"`."""
        return self.add({"preset": name, **members}, must_fire=must_fire)

    def add(self, fault: Mapping[str, Any] | str, *, must_fire: bool = True) -> int:
        """Set a fault written as the control call has it, or a preset by its name."""
        document = {"preset": fault} if isinstance(fault, str) else dict(fault)
        number = int(self._control.call("POST", self._path, document)["id"])
        if not must_fire:
            self._optional.add(number)
        return number

    def all(self) -> list[dict[str, Any]]:
        """Return all faults with how many calls they `matched`, how often they `fired`, what is `left`."""
        found: list[dict[str, Any]] = self._control.call("GET", self._path)["faults"]
        return found

    def remove(self, fault_id: int) -> None:
        """Remove one fault."""
        self._control.call("DELETE", f"{self._path}/{fault_id}")

    def clear(self) -> None:
        """Remove all faults; calls that wait because of them go on."""
        self._control.call("DELETE", self._path)

    def unfired(self) -> list[dict[str, Any]]:
        """Return the faults that should have happened and have not."""
        return [each for each in self.all() if not each["fired"] and each["id"] not in self._optional]

    def _set(self, on: str, do: dict[str, Any], members: dict[str, Any], must_fire: bool) -> int:
        return self.add({"on": on, "do": do, **members}, must_fire=must_fire)


def duration(length: Seconds) -> str:
    """Return a length of time, in seconds where it is a number, as ISO 8601 writes it."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    return f"PT{seconds:.3f}".rstrip("0").rstrip(".") + "S"
