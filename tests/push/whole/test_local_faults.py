"""What goes wrong beside the push: its file is changed, its results cannot be written. The report says it."""

from dataclasses import replace
from pathlib import Path

from leadline.client import Exit, PushOptions
from leadline.client.events import Event, PieceDone
from leadline.testing.subscription import Subscription
from tests.push.whole.pushes import SMALL, creates, hold_rows, make_file, original, ours, people, run


@original
def test_a_file_that_changes_in_the_middle_ends_the_push(leadline: Subscription, tmp_path: Path) -> None:
    """Pieces are on the server by then, one of them halved; with the file as it was, the push goes on."""
    rows = people(60)
    options = PushOptions(make_file(tmp_path, rows), pace=replace(SMALL, in_flight=1))
    content = options.file.read_bytes()
    leadline.faults.code("413", "bulk.leads.create")

    def change(event: Event) -> None:
        if isinstance(event, PieceDone):
            options.file.write_bytes(content + b"z@example.com,Z,Z\n")

    report = run(leadline, options, change)
    counts = report.counts
    assert report.exit is Exit.UNFINISHED
    assert "crm.csv has changed since this push began. Bring it back" in report.message
    assert (counts.rows, counts.imported > 0, counts.not_imported > 0) == (60, True, True)
    assert [path.name for path in options.out_folder.iterdir()] == [".pieces"]
    options.file.write_bytes(content)
    assert run(leadline, options).exit is Exit.IMPORTED
    assert len(creates(leadline)) == 9, "the one that was too large, and the halves of all four"
    hold_rows(leadline, rows)


@ours
def test_results_that_cannot_be_written_are_made_when_they_can(
    leadline: Subscription, tmp_path: Path
) -> None:
    options = PushOptions(make_file(tmp_path, people(3)), pace=SMALL)
    obstacle = options.out_folder / ".failures.csv.part"
    obstacle.mkdir(parents=True)
    report = run(leadline, options)
    assert (report.exit, report.counts.imported) == (Exit.UNFINISHED, 3)
    assert ".failures.csv.part cannot be written: Is a directory. Make room" in report.message
    obstacle.rmdir()
    assert run(leadline, options).exit is Exit.IMPORTED
    assert len(creates(leadline)) == 1
