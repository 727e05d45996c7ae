"""Merges the parts of a result file in the order of the user's file, with few of them open at once."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from math import inf
from pathlib import Path
from typing import NamedTuple

from leadline.client.results.part_files import read_rows, row_writer, write_whole

Line = list[str]


class Part(NamedTuple):
    """Lines in order, none of which is about a row before `first_row`; each begins with its row's number."""

    first_row: int
    lines: Callable[[], Iterator[Line]]


def part_of(path: Path, first_row: int) -> Part:
    """Return the part that is kept in a file."""
    return Part(first_row, lambda: read_rows(path))


def merged(parts: Iterable[Part]) -> Iterator[Line]:
    """Yield the lines of all parts by row number; a part is opened when its first row may be next."""
    waiting = sorted(parts, key=lambda part: part.first_row, reverse=True)
    heap: list[tuple[int, int, Line, Iterator[Line]]] = []
    turns = count()

    def push(lines: Iterator[Line]) -> None:
        for line in lines:
            heapq.heappush(heap, (int(line[0]), next(turns), line, lines))
            return

    while heap or waiting:
        while waiting and (not heap or waiting[-1].first_row <= heap[0][0]):
            push(waiting.pop().lines())
        if heap:
            _, _, line, lines = heapq.heappop(heap)
            yield line
            others = min(heap[0][0] if heap else inf, waiting[-1].first_row if waiting else inf)
            for line in lines:
                if int(line[0]) >= others:
                    heapq.heappush(heap, (int(line[0]), next(turns), line, lines))
                    break
                yield line


def write_merged(path: Path, header: Line, parts: Iterable[Part]) -> None:
    """Write a result file, without the numbers that it is merged by."""
    with write_whole(path) as file:
        write = row_writer(file)
        write(header)
        for line in merged(parts):
            write(line[1:])
