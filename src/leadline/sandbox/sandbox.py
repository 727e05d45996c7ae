"""The subscriptions of a sandbox: made, found, brought back to a state, and removed."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from leadline.errors import OperatorError
from leadline.model.rules import Limits
from leadline.model.subscription_time import SubscriptionTime
from leadline.sandbox.control.refusal import ControlError
from leadline.sandbox.generated import Generated
from leadline.sandbox.jobs.job_steps import JobSteps
from leadline.sandbox.original import RULES as ORIGINAL_RULES
from leadline.sandbox.registry import read_registry, write_registry
from leadline.sandbox.subscription import Login, SandboxSubscription
from leadline.subscriptions.call_limits import CallLimits
from leadline.subscriptions.copies import CopiedSubscriptions
from leadline.subscriptions.file import SubscriptionFile, parse_subscription
from leadline.subscriptions.tokens import Tokens

FIRST_NAME = "sandbox"
FIRST_LOGIN = ("sandbox", "sandbox-secret")
"""Name of the subscription that a sandbox begins with, and client id and secret of its first credential."""

_NURSERY = "seed"

_EVERYTHING = {"name": "sandbox", "user": "sandbox@example.com", "permissions": "all"}
"""The credential of a set-up that names none."""


class Sandbox:
    """All subscriptions of a sandbox, by munchkin id; used by threads, but for `in_flight` of each."""

    def __init__(
        self, random_seed: int, setup: dict[str, Any], machine_time: SubscriptionTime, *, is_kept: bool
    ) -> None:
        """`setup` is the document of a subscription file for subscriptions that bring none.

        One that `is_kept` remembers its subscriptions for its next start.
        """
        self.subscriptions: dict[str, SandboxSubscription] = {}
        self.client_ids: dict[str, str] = {}
        """The munchkin id of each client id."""
        self.states: CopiedSubscriptions
        self.call_limits: CallLimits
        self.tokens: Tokens
        self.steps: JobSteps
        self.wake_workers: Callable[[], None]
        self.read_state: Callable[[str], dict[str, Any]]
        """Returns what a subscription holds, by its munchkin id."""
        self.limits_of: Callable[[str], Limits]
        """Returns the limits of a subscription, by its munchkin id."""
        self.plant: Callable[[SandboxSubscription, Mapping[str, bytes]], None]
        """Imports the files of a seed, by their names, into a subscription."""
        self.upkeep: Callable[[str], None]
        """Deletes what is past its days in a subscription."""
        self._is_kept = is_kept
        self._random_seed = random_seed
        self._setup = setup
        self._seed: Path | None = None
        self._machine_time = machine_time
        self._made = 0
        self._making = threading.Lock()

    def open(self, states: CopiedSubscriptions, wake_workers: Callable[[], None]) -> None:
        """Take the stores, and the subscriptions that a sandbox before this one has left in them."""
        self.states, self.wake_workers = states, wake_workers
        kept = read_registry(states.registry)
        self._made = kept.made
        for each in kept.subscriptions:
            self._enter(each.restored(self._random_seed, self._machine_time, states.folder, wake_workers))

    @property
    def first(self) -> SandboxSubscription:
        """The subscription that a sandbox begins with; raises `ControlError` where it was removed."""
        for each in self.subscriptions.values():
            if each.name == FIRST_NAME:
                return each
        raise ControlError(f"There is no subscription named {FIRST_NAME} any more.", 404)

    def begin(self) -> None:
        """Make the first subscription, where it is not there; raises `OperatorError` for a wrong set-up."""
        if any(each.name == FIRST_NAME for each in self.subscriptions.values()):
            return
        try:
            self.make(FIRST_NAME, first_login=FIRST_LOGIN)
        except ControlError as error:
            raise OperatorError(error.sentence) from error

    def make_seed(self, files: Mapping[str, bytes]) -> None:
        """Let subscriptions of the sandbox's own set-up begin with what files hold.

        Raises `OperatorError`.
        """
        nursery = self.make(_NURSERY)
        try:
            self.plant(nursery, files)
            seed = self.states.seed
            self.states.keep(nursery.munchkin_id, seed, keeps_jobs=False)
        finally:
            self.remove(nursery)
        self._seed = seed

    def seed(self, subscription: SandboxSubscription, files: Mapping[str, bytes]) -> None:
        """Reset a subscription and add what files hold, with which it begins from now on.

        Raises `OperatorError`; then it is as it began before.
        """
        self.bring_back(subscription, subscription.seed)
        try:
            self.plant(subscription, files)
            seed = self.states.seed_of(subscription.munchkin_id)
            self.states.keep(subscription.munchkin_id, seed, keeps_jobs=False)
            with self._making:
                subscription.seed = seed
                self._keep()
        finally:
            self.bring_back(subscription, subscription.seed)

    def only(self) -> SandboxSubscription | None:
        """Return the subscription of a call that names none, where there is but one."""
        found = list(self.subscriptions.values())
        return found[0] if len(found) == 1 else None

    def hear_of_job(
        self, munchkin_id: str, *, queued: int | None = None, finished: int | None = None
    ) -> None:
        """Let those look again who wait for a job: something has happened to one; one may be new or ended."""
        if found := self.subscriptions.get(munchkin_id):
            if queued is not None:
                found.first_polls.queued(queued)
            if finished is not None:
                found.first_polls.finished(finished)
            found.progress.hear()

    def let_go(self) -> None:
        """End all waiting: the server leaves."""
        for each in list(self.subscriptions.values()):
            each.waits.let_go()
            each.progress.close()
            each.first_polls.forget()

    def find(self, munchkin_id: str) -> SandboxSubscription:
        """Return a subscription; raises `ControlError`."""
        found = self.subscriptions.get(munchkin_id)
        if found is None:
            raise ControlError(f"There is no subscription {munchkin_id}. POST subscriptions makes one.", 404)
        return found

    def make(
        self,
        name: str | None = None,
        setup: dict[str, Any] | None = None,
        *,
        original: bool = False,
        limits: dict[str, Any] | None = None,
        rules: dict[str, Any] | None = None,
        first_login: tuple[str, str] | None = None,
    ) -> SandboxSubscription:
        """Make a subscription with credentials of its own; raises `ControlError`.

        `limits` and `rules` go before those of the set-up. Without a name, its number stands for one.
        """
        with self._making:
            taken, number = {each.name for each in self.subscriptions.values()}, self._made
            if name in taken:
                raise ControlError(f"There is a subscription named {name} already. Choose another name.", 409)
            while name is None or name in taken:
                number += 1
                name = str(number)
            generated = Generated(self._random_seed, name)
            if original:
                rules = ORIGINAL_RULES | (rules or {})
            document = _with_own(self._setup if setup is None else setup, limits, rules)
            logins, credentials = _credentials(document, generated, first_login)
            munchkin_id = self._free_id(generated)
            file = _checked({**document, "munchkin_id": munchkin_id, "credentials": credentials})
            seed = (None if setup is not None else self._seed) or self.states.template(file)
            made = SandboxSubscription(
                munchkin_id, name, generated, logins, seed, self._machine_time, self.wake_workers, original
            )
            self.states.make(file, seed, generated.guid_seed)
            self._made = number
            self._enter(made)
            self._keep()
            return made

    def _enter(self, subscription: SandboxSubscription) -> None:
        self.subscriptions[subscription.munchkin_id] = subscription
        self.client_ids |= {each.client_id: subscription.munchkin_id for each in subscription.logins}

    def _keep(self) -> None:
        if self._is_kept:
            every = self.subscriptions.values()
            write_registry(self.states.registry, self._made, every, self.states.folder)

    def bring_back(self, subscription: SandboxSubscription, state: Path) -> None:
        """Bring a subscription to a state, and all that a test controls of it to its beginning."""
        munchkin_id = subscription.munchkin_id
        with subscription.without_workers():
            self.find(munchkin_id)  # it may have been removed meanwhile
            self.states.bring_back(munchkin_id, state, subscription.generated.guid_seed)
            self.call_limits.forget(munchkin_id)
            subscription.switch_back()
            self.tokens.renew(munchkin_id)
        self.wake_workers()

    def remove(self, subscription: SandboxSubscription) -> None:
        """Remove a subscription with its files; its jobs in work are dropped."""
        subscription.waits.let_go()
        subscription.progress.close()
        subscription.first_polls.forget()
        with subscription.without_workers(), self._making:
            self.find(subscription.munchkin_id)  # another may have removed it meanwhile
            del self.subscriptions[subscription.munchkin_id]
            for login in subscription.logins:
                del self.client_ids[login.client_id]
            self.call_limits.forget(subscription.munchkin_id)
            self.states.remove(subscription.munchkin_id)
            self._keep()

    def _free_id(self, generated: Generated) -> str:
        attempt = 0
        while (munchkin_id := generated.munchkin_id(attempt)) in self.subscriptions:
            attempt += 1
        return munchkin_id


def _checked(document: dict[str, Any]) -> SubscriptionFile:
    if "store" in document:
        raise ControlError("setup: a sandbox keeps its stores itself. Leave out store.")
    try:
        return parse_subscription(document)
    except OperatorError as error:
        raise ControlError(f"setup: {' '.join(str(error).split()).rstrip('.')}.") from error


def _with_own(
    document: dict[str, Any], limits: dict[str, Any] | None, rules: dict[str, Any] | None
) -> dict[str, Any]:
    """Return a set-up with limits and rules beside, or in place of, its own."""
    found = dict(document)
    for section, wanted in (("limits", limits), ("rules", rules)):
        of_setup = found.get(section) or {}
        if wanted and isinstance(of_setup, dict):
            found[section] = of_setup | wanted
    return found


def _credentials(
    document: dict[str, Any], generated: Generated, first_login: tuple[str, str] | None
) -> tuple[tuple[Login, ...], list[dict[str, Any]]]:
    """Return a set-up's credentials, with ids and secrets made anew, for clients and for the file."""
    found = document.get("credentials")
    if found is None or found == []:
        found = [_EVERYTHING]
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ControlError("setup: credentials must be a list of credentials.")
    logins, credentials = [], []
    for number, part in enumerate(found):
        name = str(part.get("name"))
        login = None if number else first_login
        client_id, secret = login or (generated.client_id(name), generated.client_secret(name))
        logins.append(Login(name, client_id, secret))
        credentials.append({**part, "client_id": client_id, "client_secret": secret})
    return tuple(logins), credentials
