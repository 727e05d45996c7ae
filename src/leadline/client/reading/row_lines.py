"""The bytes of each row of a portion, told from its lines where that is evident: parsing costs much more."""

import re
from itertools import accumulate

from leadline.client.reading.portions import Body, portion_of

_END_MARK = b"\x1a"
_LINE_ENDS = b"\r\n"


def row_bytes(raw: bytes, body: Body, rows: int) -> list[bytes]:
    """Return the bytes of each data row of a portion that has so many."""
    found = None if body.codec.startswith("utf-16") else _by_lines(raw, body.delimiter.encode(), rows)
    if found is None:
        found = [raw[start:end] for start, end in portion_of(0, raw, body).rows()]
    return found


def _by_lines(raw: bytes, delimiter: bytes, rows: int) -> list[bytes] | None:
    """Return the lines of a portion when they are its rows, None when that is not evident."""
    if _END_MARK in raw or (b"\r" in raw and raw.count(b"\r") != raw.count(_LINE_ENDS)):
        return None
    lines = raw.splitlines(keepends=True)
    if b'"' in raw:
        parts = raw.replace(b'""', b"").split(b'"')
        outside, inside = parts[::2], parts[1::2]
        if len(outside) == len(inside) or not _are_whole_cells(b'"'.join(outside), delimiter):
            return None
        if b"\n" in b"".join(inside):
            lines = _joined(lines)
    if len(lines) != rows:
        lines = [line for line in lines if line.strip(_LINE_ENDS)]
    return lines if len(lines) == rows else None


def _are_whole_cells(outside: bytes, delimiter: bytes) -> bool:
    """Tell whether quotes that are not doubled open and close cells.

    What stands outside of them is given, with a quote in place of what stands within two.
    """
    edge = re.escape(delimiter) + rb"\r\n"
    return re.search(rb'[^%b]"|"[^%b]' % (edge, edge), outside) is None


def _joined(lines: list[bytes]) -> list[bytes]:
    """Join lines up to one before which quotes are paired."""
    quotes_until = accumulate(line.count(b'"') for line in lines)
    joined: list[bytes] = []
    started: list[bytes] = []
    for line, quotes in zip(lines, quotes_until, strict=True):
        started.append(line)
        if quotes % 2 == 0:
            joined.append(b"".join(started))
            started.clear()
    return joined
