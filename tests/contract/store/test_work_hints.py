"""A hint at work is taken back only by somebody who has looked at the store since."""

from pathlib import Path

from leadline.store.work_hints import WorkHints


def test_a_job_accepted_during_the_look_stays_hinted_at(tmp_path: Path) -> None:
    server, worker = WorkHints(tmp_path), WorkHints(tmp_path)
    server.add("111-AAA-111")
    server.add("111-AAA-111")
    server.add("222-BBB-222")
    assert worker.read() == ["111-AAA-111", "222-BBB-222"]
    server.add("111-AAA-111")
    worker.remove("111-AAA-111")
    assert worker.read() == ["111-AAA-111", "222-BBB-222"]
    worker.remove("111-AAA-111")
    assert worker.read() == ["222-BBB-222"]


def test_two_workers_take_back_the_same_hint(tmp_path: Path) -> None:
    WorkHints(tmp_path).add("111-AAA-111")
    first, second = WorkHints(tmp_path), WorkHints(tmp_path)
    assert first.read() == second.read() == ["111-AAA-111"]
    first.remove("111-AAA-111")
    second.remove("111-AAA-111")
    assert second.read() == []


def test_a_hint_that_cannot_be_written_costs_no_job(tmp_path: Path) -> None:
    """Its job is durable by then; going round all stores finds it."""
    hints = WorkHints(tmp_path / "missing")
    hints.add("111-AAA-111")
    assert hints.read() == []
