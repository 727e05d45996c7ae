"""What a sandbox whose stores are kept remembers of its subscriptions until its next start."""

from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from leadline.errors import OperatorError
from leadline.model.subscription_time import SubscriptionTime
from leadline.sandbox.generated import Generated
from leadline.sandbox.subscription import Login, SandboxSubscription


class KeptSubscription(BaseModel):
    """A subscription as the file has it; `seed` is a path within the folder of the sandbox."""

    model_config = ConfigDict(defer_build=True)

    munchkin_id: str
    name: str
    logins: list[tuple[str, str, str]]
    seed: str
    original: bool

    def restored(
        self, random_seed: int, machine_time: SubscriptionTime, folder: Path, wake_workers: Callable[[], None]
    ) -> SandboxSubscription:
        """Return the subscription."""
        generated = Generated(random_seed, self.name)
        logins = tuple(Login(*each) for each in self.logins)
        return SandboxSubscription(
            self.munchkin_id,
            self.name,
            generated,
            logins,
            folder / self.seed,
            machine_time,
            wake_workers,
            self.original,
        )


class Registry(BaseModel):
    """The whole file; `made` is the number of the last subscription without a name."""

    model_config = ConfigDict(defer_build=True)

    made: int = 0
    subscriptions: list[KeptSubscription] = []


def read_registry(path: Path) -> Registry:
    """Return what was written; raises `OperatorError`."""
    try:
        return Registry.model_validate_json(path.read_bytes() or b"{}")
    except (OSError, ValidationError) as error:
        raise OperatorError(f"{path} cannot be read. Give --data another directory, or none.") from error


def write_registry(path: Path, made: int, subscriptions: Iterable[SandboxSubscription], folder: Path) -> None:
    """Write it all anew, whole."""
    kept = [
        KeptSubscription(
            munchkin_id=each.munchkin_id,
            name=each.name,
            logins=[(login.name, login.client_id, login.client_secret) for login in each.logins],
            seed=str(each.seed.relative_to(folder)),
            original=each.original,
        )
        for each in subscriptions
    ]
    draft = path.with_suffix(".draft")
    draft.write_text(Registry(made=made, subscriptions=kept).model_dump_json(), "utf-8")
    draft.replace(path)
