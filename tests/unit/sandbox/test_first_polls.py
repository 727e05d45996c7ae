"""A poll of a job that was just created waits for its end, and no longer than the job is young."""

import asyncio
import threading
import time

from leadline.sandbox.jobs.first_polls import PATIENCE_SECONDS, FirstPolls

SOON_SECONDS = 60.0


def seconds_of_wait(polls: FirstPolls, batch_id: int) -> float:
    async def wait() -> float:
        began = time.monotonic()
        await asyncio.wait_for(polls.wait(batch_id), SOON_SECONDS)
        return time.monotonic() - began

    return asyncio.run(wait())


def test_a_poll_waits_until_the_job_is_old() -> None:
    polls = FirstPolls(time.monotonic)
    polls.queued(1001)
    assert polls.is_young(1001)
    assert PATIENCE_SECONDS / 2 < seconds_of_wait(polls, 1001) < SOON_SECONDS
    assert not polls.is_young(1001)


def test_all_polls_of_a_job_go_on_when_a_worker_has_finished_it(monkeypatch) -> None:
    monkeypatch.setattr("leadline.sandbox.jobs.first_polls.PATIENCE_SECONDS", 10 * SOON_SECONDS)
    polls = FirstPolls(time.monotonic)
    polls.queued(1001)
    polls.queued(1002)

    async def wait() -> None:
        both = [asyncio.create_task(polls.wait(1001)) for _ in range(2)]
        other = asyncio.create_task(polls.wait(1002))
        await asyncio.sleep(0)
        threading.Thread(target=polls.finished, args=(1001,)).start()
        await asyncio.wait_for(asyncio.gather(*both), SOON_SECONDS)
        assert not other.done()
        threading.Thread(target=polls.forget).start()
        await asyncio.wait_for(other, SOON_SECONDS)

    asyncio.run(wait())


def test_no_poll_waits_for_a_job_that_is_finished_or_unknown() -> None:
    """A worker may be so fast that the end of a job is heard of before its beginning."""
    polls = FirstPolls(time.monotonic)
    polls.finished(1001)
    polls.queued(1001)
    assert not polls.is_young(1001)
    assert not polls.is_young(7)
    assert seconds_of_wait(polls, 1001) < PATIENCE_SECONDS


def test_a_job_may_end_when_the_server_has_ended() -> None:
    polls = FirstPolls(time.monotonic)
    polls.queued(1001)
    seconds_of_wait(polls, 1001)
    polls.finished(1001)  # the event loop of the wait is closed
    polls.forget()
