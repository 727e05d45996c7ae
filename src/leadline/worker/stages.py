"""Stages of a pipeline that work ahead of each other, each in a thread of its own.

Who leaves before the end waits for the steps that are under way, not for what they would lead to: of three
stages each would else carry its chunk to the end of the line, a second's work that nobody wants.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

_ASK_SECONDS = 0.05
"""So often it is asked whether to leave, while the next item is not ready."""

T = TypeVar("T")


class Stages:
    """The stages of one pipeline, which end together."""

    def __init__(self) -> None:
        self._left = threading.Event()

    def ahead(self, items: Iterator[T]) -> Iterator[T]:
        """Yield items, each made while the one before it is in use."""
        with ThreadPoolExecutor(max_workers=1) as maker:
            coming = maker.submit(next, items, None)
            while (item := coming.result()) is not None and not self._left.is_set():
                coming = maker.submit(next, items, None)
                yield item

    def last(self, items: Iterator[T], leaves: Callable[[], bool]) -> Iterator[T]:
        """Yield the items of the last stage like `ahead`, as long as `leaves` does not say to go.

        It is asked before each item, and while the next one is made.
        """
        with ThreadPoolExecutor(max_workers=1) as maker:
            try:
                coming = maker.submit(next, items, None)
                while not leaves():
                    if not wait((coming,), _ASK_SECONDS).done:
                        continue
                    if (item := coming.result()) is None:
                        return
                    coming = maker.submit(next, items, None)
                    yield item
            finally:
                self._left.set()
