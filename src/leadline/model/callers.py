"""Who calls, and what of a subscription's records a call may touch (contract §1, §4.6)."""

from leadline.model.dataclass import dataclass
from leadline.model.rules import Limits, Rules


@dataclass(frozen=True, slots=True)
class Partition:
    """A named part of a subscription's people; the first has id 1."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a credential of one subscription, known by its token.

    `permissions` and `partitions` are None when everything is open. `limits` and `rules` are those
    that hold for the subscription at the time of the call. `credential` is the credential's name,
    `request_id` that of this call; blank where it is no call over HTTP.
    """

    munchkin_id: str
    client_id: str
    user: str
    permissions: frozenset[str] | None
    partitions: frozenset[str] | None
    limits: Limits
    rules: Rules
    credential: str = ""
    request_id: str = ""

    def may(self, any_of: tuple[str, ...]) -> bool:
        """Tell whether one of the permissions is held; an empty tuple asks for none."""
        return not any_of or self.permissions is None or not self.permissions.isdisjoint(any_of)


@dataclass(frozen=True, slots=True)
class PartitionScope:
    """Which of a subscription's leads a request may touch, by their partition (contract §4.6).

    New leads go into the partition `home`; when it was `named`, leads that are matched must lie
    in it. `opened` are the ids of the partitions that the credential may touch, None for all.
    """

    home: int = 1
    named: bool = False
    opened: frozenset[int] | None = None


EVERYWHERE = PartitionScope()
"""The scope of a request that no partition bounds."""
