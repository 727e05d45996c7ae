"""`leadline push status|results|undo`: what is done about a push by its manifest."""

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from leadline.cli.outputs import say
from leadline.cli.push_options import SHOWN, TO
from leadline.cli.push_run import ended, login_of, save_memory, shown_of
from leadline.client.calls.login import Login
from leadline.client.clock import MachineClock
from leadline.client.counted import counted, rows
from leadline.client.ended import State
from leadline.client.errors import Exit, PushError
from leadline.client.manifest.asked import options_of
from leadline.client.manifest.course import Course
from leadline.client.manifest.journal import Journal, read_manifest
from leadline.client.manifest.lines import PieceLine, PlanLine
from leadline.client.pushing import fetch_results
from leadline.client.undoing import undo_jobs

_MANIFEST = click.argument("manifest", type=click.Path(path_type=Path, exists=True, dir_okay=False))
_YES = click.option("--yes", is_flag=True, help="Do it without a question.")


@click.command("status")
@_MANIFEST
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
def status_command(manifest: Path, as_json: bool) -> None:
    """Say where each piece of a push stands, without a call.

    The exit code is 0 when all pieces are over, 4 when some are not, 5 when nobody knows of one.
    """
    shown = shown_of({"as_json": False, "quiet": False})

    def work() -> Exit:
        course = read_manifest(manifest)
        pieces = [(number, course.piece(number)) for number in course.numbers]
        states = Counter(piece.state for _, piece in pieces)
        if as_json:
            told = {"file": course.begun.file, "rows": course.begun.rows, "states": dict(states)}
            items = [
                {"piece": number, "state": piece.state, "batchId": piece.batch_id, "code": piece.code or None}
                for number, piece in pieces
            ]
            say(json.dumps({**told, "pieces": items}))
        else:
            say(
                f"{course.begun.file}: {rows(course.begun.rows)} in {counted(len(pieces), 'piece', 'pieces')}"
            )
            for number, piece in pieces:
                batch = "" if piece.batch_id is None else f"  batch {piece.batch_id}"
                say(f"piece {number:<6}{piece.state:<12}{batch}{piece.code and f'  {piece.code}'}")
        return _exit_of(states)

    sys.exit(ended(shown, work))


def _exit_of(states: Counter[State]) -> Exit:
    if states[State.UNKNOWN] or states[State.SENDING]:
        return Exit.UNKNOWN
    return Exit.IMPORTED if all(state.is_settled for state in states) else Exit.UNFINISHED


@click.command("results")
@_MANIFEST
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), help="The file that was pushed, if moved."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the result files.  [beside the manifest]",
)
def results_command(manifest: Path, file: Path | None, out: Path | None, **given: Any) -> None:
    """Fetch the results of a push again, and write its result files anew.

    Nothing is sent. Jobs that are still at work are waited for.
    """
    shown = shown_of(given)

    def work() -> Exit:
        begun = read_manifest(manifest).begun
        try:
            options = options_of(begun.asked, file or manifest.parent / begun.file, manifest, out)
        except (KeyError, TypeError, ValueError):
            raise PushError(f"The manifest {manifest} does not say how its file was pushed.") from None
        save_memory()
        return shown.end(fetch_results(options, _login(given, begun), shown.tell))

    sys.exit(ended(shown, work))


@click.command("undo")
@_MANIFEST
@_YES
def undo_command(manifest: Path, yes: bool, **given: Any) -> None:
    """Take the jobs of a push back, the last one first.

    Leadline alone can do it. What others have written since stays; each undo is a job of its own.
    """
    shown = shown_of(given)

    def work() -> Exit:
        course = read_manifest(manifest)
        jobs = _jobs_of(course, manifest)
        question = f"Take back {counted(len(jobs), 'job', 'jobs')} of {course.begun.file}"
        if not yes and (shown.ask is None or not shown.ask(question)):
            raise PushError("Nothing was taken back: give --yes where nobody can be asked.")
        login = _login(given, course.begun)
        with Journal(manifest) as journal:
            pieces = _jobs_of(journal.course, manifest)

            def note(batch_id: int) -> None:
                journal.append(PieceLine(MachineClock().now(), State.UNDONE, pieces[batch_id]))

            return shown.end_of_undo(undo_jobs(login, sorted(pieces), shown.tell, note))

    sys.exit(ended(shown, work))


def _login(given: Mapping[str, Any], begun: PlanLine) -> Login:
    """Return who asks the server of a push: job numbers mean other jobs on any other; raises `PushError`."""
    server = begun.fingerprint.get("server")
    login = login_of({**given, "to": given["to"] or server})
    if login.address != server:
        raise PushError(f"The push went to {server}: its jobs are not known at {login.address}.")
    return login


def _jobs_of(course: Course, manifest: Path) -> dict[int, int]:
    """Return the pieces of a push by the batch ids of their jobs; raises `PushError`."""
    if not course.begun.is_leadline:
        raise PushError(f"The push of {manifest} went to a server that cannot take imports back.")
    pieces = {number: course.piece(number) for number in course.numbers}
    if any(piece.state is State.ACCEPTED for piece in pieces.values()):
        raise PushError("Some jobs of the push are not over yet: run it again to its end first.")
    return {piece.batch_id: number for number, piece in pieces.items() if piece.batch_id is not None}


for _command in (results_command, undo_command):
    _command.params.extend((*TO, *SHOWN))

COMMANDS = {"status": status_command, "results": results_command, "undo": undo_command}
