"""The clock of a sandbox's subscription."""

from leadline.model.subscription_time import SubscriptionTime


class Clock:
    """Tells a subscription's time: the machine's."""

    def __init__(self, machine: SubscriptionTime, munchkin_id: str) -> None:
        self._machine = machine
        self._munchkin_id = munchkin_id

    def now_ms(self) -> int:
        """Return milliseconds since 1970, UTC."""
        return self._machine.now_ms(self._munchkin_id)

    def elapsed(self) -> float:
        """Return seconds that never fall."""
        return self._machine.elapsed(self._munchkin_id)
