"""How many bytes are held of bodies whose callers are not known yet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from leadline.errors import UNAVAILABLE, ServiceError


class BodiesHeld:
    """Bounds how many bytes are held at once of bodies that are read before their callers are known.

    A token may be a form field behind the file, so such a body is read before anyone can
    say whose it is; this keeps strangers from filling the memory, and slow ones from
    keeping others out.
    """

    def __init__(self, bytes_max: int) -> None:
        self._free = bytes_max

    @asynccontextmanager
    async def counting(self, stream: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Pass a body on and count it until the end; it raises `ServiceError` 608 when there is no room."""
        held = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal held
            async for block in stream:
                if len(block) > self._free:
                    raise ServiceError(UNAVAILABLE)
                self._free -= len(block)
                held += len(block)
                yield block

        try:
            yield counted()
        finally:
            self._free += held
