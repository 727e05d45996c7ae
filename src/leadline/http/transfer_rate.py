"""How fast a client sends and reads; times are monotonic seconds."""

from leadline.config import Server

ANSWER_WINDOWS = 3
ANSWER_BYTES_PER_SECOND_MIN = 1000


class Incoming:
    """How a body comes in."""

    def __init__(self, now: float) -> None:
        self._since = self._window_since = now
        self._window_from = 0
        self.bytes = 0
        self.bytes_refused = 0
        """What came after the answer, and was forgotten."""
        self.held_up = False
        """Whether the server did not read: then the client is not to blame."""

    def is_overdue(self, now: float, limits: Server) -> bool:
        """Tell whether the last window brought too little, or the whole takes too long."""
        if now - self._since > limits.body_seconds:
            return True
        elapsed = now - self._window_since
        if elapsed < limits.window_seconds:
            return False
        came = self.bytes - self._window_from
        is_slow = came < limits.body_bytes_per_second_min * elapsed and not self.held_up
        if self.held_up:
            self._since += elapsed
        self._window_since, self._window_from, self.held_up = now, self.bytes, False
        return is_slow


class Outgoing:
    """How an answer is read."""

    def __init__(self) -> None:
        self._since = 0.0
        self._left = 0
        self._read_bytes = 0

    def is_stuck(self, now: float, left: int, limits: Server) -> bool:
        """Tell whether the client read too little of the bytes left, in the last windows."""
        window = ANSWER_WINDOWS * limits.window_seconds
        before, self._left = self._left, left
        if not left or not before:
            self._since, self._read_bytes = now, 0
            return False
        self._read_bytes += max(before - left, 0)
        if now - self._since < window:
            return False
        is_stuck = self._read_bytes < ANSWER_BYTES_PER_SECOND_MIN * window
        self._since, self._read_bytes = now, 0
        return is_stuck
