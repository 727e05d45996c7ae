"""Transport padding: spaces and tabs behind a boundary, which are no part of a body (RFC 2046 §5.1.1)."""

import re

PADDING_BYTES_MAX = 1024
PADDING = rb"[ \t]{0,%d}" % PADDING_BYTES_MAX


class Padding:
    """Takes the padding off delimiter lines, however the network cuts the body.

    `delimiter` begins with the line end before the boundary. What may yet become a padded
    delimiter is held back: a beginning of one, or a whole one whose line has not ended.
    """

    def __init__(self, delimiter: bytes) -> None:
        self._delimiter = delimiter
        self._padded = re.compile(rb"(%b)%b(?=\r\n)" % (re.escape(delimiter), PADDING))
        self._line = re.compile(rb"%b%b(?:\r\n?)?" % (re.escape(delimiter), PADDING))
        self._held = b""

    def take_off(self, block: bytes) -> bytes:
        """Return what is sure of the body so far and was not returned before."""
        text = self._held + block
        sure = self._sure_bytes(text)
        text, self._held = text[:sure], text[sure:]
        return self._padded.sub(rb"\1", text) if self._delimiter in text else text

    def rest(self) -> bytes:
        """Return what was held back; the body has ended."""
        return self._held.rstrip(b" \t") if self._held.startswith(self._delimiter) else self._held

    def _sure_bytes(self, text: bytes) -> int:
        """Return how many bytes are followed by no unfinished delimiter line."""
        size = len(self._delimiter)
        last = text.rfind(self._delimiter, max(0, len(text) - size - PADDING_BYTES_MAX - 1))
        if last >= 0 and self._line.fullmatch(text, last):
            return len(text) if text.endswith(b"\n") else last
        line_end = text.rfind(b"\r", max(0, len(text) - size + 1))
        return line_end if line_end >= 0 and self._delimiter.startswith(text[line_end:]) else len(text)
