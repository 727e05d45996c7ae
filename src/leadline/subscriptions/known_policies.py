"""The limits and rules of each subscription, as calls ask for them all the time."""

from leadline import clock
from leadline.model.rules import Policy
from leadline.store import credentials
from leadline.store.base import Session

_SECONDS = 1.0


class KnownPolicies:
    """The limits and rules that hold for a subscription, known for a second at most: each call asks."""

    def __init__(self, policy: Policy) -> None:
        """`policy` are the server's limits and rules; a subscription may have some of its own."""
        self._policy = policy
        self._known: dict[str, tuple[float, Policy]] = {}

    def of(self, session: Session, munchkin_id: str) -> Policy:
        """Return those of a subscription; `session` is one of the control store."""
        policy = self.known(munchkin_id)
        if policy is None:
            policy = self._policy.of_subscription(credentials.own_policy(session, munchkin_id))
            self._known[munchkin_id] = clock.monotonic() + _SECONDS, policy
        return policy

    def known(self, munchkin_id: str) -> Policy | None:
        """Return those that were read within the last second, or None."""
        known_until, policy = self._known.get(munchkin_id, (0.0, None))
        return policy if clock.monotonic() < known_until else None
