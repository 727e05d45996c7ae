"""The jobs of a subscription."""

from typing import Any

from leadline.testing.control import Control


class Jobs:
    """How the jobs of one subscription get on, and what has become of them."""

    def __init__(self, control: Control, path: str) -> None:
        self._control = control
        self._path = f"{path}/jobs"

    def progress(self, mode: str) -> None:
        """Say how jobs get on: `"auto"`, `"hold"` or `"polls:3"`."""
        self._control.call("PUT", self._path, {"progress": mode})

    def auto(self) -> None:
        """Let jobs run by themselves; those that were held go on."""
        self.progress("auto")

    def hold(self) -> None:
        """Let jobs do no work until they are stepped."""
        self.progress("hold")

    def polls(self, count: int) -> None:
        """Let each poll of a job's status move it, so that the one of this number shows its end."""
        self.progress(f"polls:{count}")

    def step(self, batch_id: int | str, to: str = "Complete", message: str | None = None) -> dict[str, Any]:
        """Bring a held job to `Importing`, `Complete` or `Failed`; return it when it is there."""
        body = {"to": to} | ({} if message is None else {"message": message})
        found: dict[str, Any] = self._control.call("POST", f"{self._path}/{batch_id}/step", body)
        return found

    def all(self) -> list[dict[str, Any]]:
        """Return all jobs, oldest first: `batchId`, `kind`, `status`, `processed`, `failed`, `message`."""
        found: list[dict[str, Any]] = self._control.call("GET", self._path)["jobs"]
        return found

    def held(self) -> list[dict[str, Any]]:
        """Return the jobs that do no work until they are stepped."""
        found: list[dict[str, Any]] = self._control.call("GET", self._path)["held"]
        return found
