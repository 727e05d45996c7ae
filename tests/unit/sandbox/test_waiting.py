"""What waits has threads of its own."""

import asyncio
import threading

from leadline.sandbox.jobs.waiting_threads import in_waiting_thread


def test_nobody_stands_behind_those_who_wait() -> None:
    """More wait than the loop has threads for other work."""
    ready = threading.Event()

    async def work() -> list[bool]:
        waiting = [asyncio.create_task(in_waiting_thread(ready.wait, 60)) for _ in range(50)]
        await asyncio.sleep(0)
        assert await asyncio.wait_for(asyncio.to_thread(lambda: 7), 30) == 7
        ready.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(work()) == [True] * 50
