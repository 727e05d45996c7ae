"""Raw spaces in the address of a request, as the original's documentation prints one (contract §5.1).

The parser takes the first space for the end of the address, so it is shown `%20` instead. Spaces
only, and only in an address that begins with a slash; the first ` HTTP/` ends it, as everywhere.
What else is doubtful about a request line reaches the parser as it came, and is refused there.
"""

import re

_START = re.compile(rb"[A-Z]+ (?=/)")
_MAYBE_START = re.compile(rb"[A-Z]{0,20} ?")
_SPACES_OR_END = re.compile(rb" +|[\r\n]")
_VERSION = b"HTTP/"
_HELD_BYTES_MAX = 8192


class RequestLine:
    """Takes a request line in whatever parts it comes, and returns it as the parser is to see it.

    Held back are spaces of which it is not known yet whether they end the address.
    """

    def __init__(self) -> None:
        self.is_over = False
        self._start: bytes | None = b""
        self._held = b""

    def take(self, text: bytes) -> bytes:
        """Return what the parser is to see of the line's next bytes."""
        if self._start is None:
            return self._address(text)
        self._start = (self._start + text).lstrip(b"\r\n")  # the parser passes over blank lines
        method = _START.match(self._start)
        if method is None:
            self.is_over = _MAYBE_START.fullmatch(self._start) is None
            return text
        behind = len(text) - len(self._start) + method.end()
        self._start = None
        return text[:behind] + self._address(text[behind:])

    def _address(self, text: bytes) -> bytes:
        text, self._held, at, seen = self._held + text, b"", 0, []
        while (found := _SPACES_OR_END.search(text, at)) is not None:
            seen.append(text[at : found.start()])
            at, behind = found.start(), text[found.end() : found.end() + len(_VERSION)]
            if behind == _VERSION or not found.group().startswith(b" "):
                self.is_over = True
                break
            if _VERSION.startswith(behind) and len(text) - at <= _HELD_BYTES_MAX:
                self._held = text[at:]
                return b"".join(seen)
            seen.append(b"%20" * len(found.group()))
            at = found.end()
        return b"".join(seen) + text[at:]
