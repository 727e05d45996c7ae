"""One push, from the header of a file to the report of what became of its rows."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

from leadline.client.calls.leadline import is_leadline, preview
from leadline.client.calls.login import Login
from leadline.client.calls.server import Server, Upload
from leadline.client.calls.transport import Transport
from leadline.client.clock import Clock, MachineClock
from leadline.client.counted import rows
from leadline.client.ended import Ended
from leadline.client.errors import Exit, PushError, unwritable
from leadline.client.events import Ask, Listener, MappingShown, Message, PlanShown, tell_nobody
from leadline.client.file_pieces import FilePieces
from leadline.client.manifest.beginning import first_line
from leadline.client.manifest.course import Course
from leadline.client.manifest.journal import Journal
from leadline.client.options import PushOptions
from leadline.client.plan import Plan
from leadline.client.reading import (
    Mapping,
    Source,
    make_plan,
    match_columns,
    open_source,
)
from leadline.client.results.previewed import Previewed
from leadline.client.results.report import Report
from leadline.client.results.results import Results, locked_folder, spare_file
from leadline.client.results.source_rows import source_rows
from leadline.client.sending.end import End, reason_of
from leadline.client.sending.interrupts import interruptible
from leadline.client.sending.surroundings import Surroundings
from leadline.client.sending.waves import ends_of, send_all, wait_for_all

_Result = TypeVar("_Result")
_THREADS = 2
"""One works on pieces, another may wait for a person: each keeps the memory that it has once had."""

_CALLS_A_PIECE = 6
"""A create, three looks at the job, two files: what an import of some minutes takes."""


def push(
    options: PushOptions,
    login: Login,
    listener: Listener = tell_nobody,
    ask: Ask | None = None,
    clock: Clock | None = None,
) -> Report:
    """Push a file and return what became of it; raises `PushError` where nothing of it was sent.

    Run again with the same options it goes on where it stopped, whatever stopped it. `ask` puts a question
    to a person; without it what is unclear is refused.
    """
    return _run(_push(options, login, listener, ask, clock or MachineClock()))


def fetch_results(
    options: PushOptions, login: Login, listener: Listener = tell_nobody, clock: Clock | None = None
) -> Report:
    """Wait for jobs of a push that are still at work, and write its result files anew; nothing is sent."""
    return _run(_push(options, login, listener, None, clock or MachineClock(), sends=False))


def plan_push(
    options: PushOptions, login: Login, listener: Listener = tell_nobody, clock: Clock | None = None
) -> Previewed | None:
    """Tell the listener what a push would send, and return what it would do, where the server is Leadline.

    Nothing is imported, and no manifest is written.
    """
    return _run(_preview(options, login, listener, clock or MachineClock()))


def _run(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Do the work; files that cannot be written are a sentence, those of results and temporary ones."""
    try:
        return _run_anywhere(work)
    except OSError as error:
        raise PushError(unwritable(error), exit_code=Exit.UNFINISHED) from error


def _run_anywhere(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a coroutine to its end, also where a loop runs already, as it does in notebooks."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _push(
    options: PushOptions, login: Login, tell: Listener, ask: Ask | None, clock: Clock, *, sends: bool = True
) -> Report:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS))
    source = open_source(options.file, options.reading)
    spare_file(options.file, options.out_folder)
    with Journal(options.manifest_path) as journal, ExitStack() as stack:
        if others := journal.course.others:
            named = ", ".join(sorted(others))
            tell(
                Message(f"The manifest has what this version of Leadline does not know: {named}. It is left.")
            )
        async with _server(options, login, tell, clock) as server:
            mapping = await _mapped(source, options, server, tell)
            plan = make_plan(source, mapping, options)
            line = first_line(journal, options, server, mapping, plan)
            _show_plan(plan, Course() if line else journal.course, server, tell)
            if line and sends:
                _confirm(mapping, options, login, ask)
            stack.enter_context(locked_folder(options.out_folder))
            if line:
                journal.append(line)
            results = Results(options.out_folder, source_rows(mapping), server)
            surroundings = Surroundings(
                options=options,
                server=server,
                journal=journal,
                material=FilePieces(mapping),
                results=results,
                end=End(),
                clock=clock,
                tell=tell,
                ask=ask,
                first_free=1 + len(plan.pieces) + len(plan.left_out),
            )
            work = (send_all if sends else wait_for_all)(surroundings, plan)
            is_in_order = await _guarded(surroundings, work)
            ended = surroundings.end.ended(ends_of(surroundings, plan.pieces), server.transport.daily.made)
            return _reported(results, ended, options, plan, has_files=is_in_order)


def _reported(results: Results, ended: Ended, options: PushOptions, plan: Plan, *, has_files: bool) -> Report:
    """Return the report, with result files unless they cannot be made: that says it then."""
    if has_files:
        try:
            return results.merge(ended, options.fail_on, plan.left_out)
        except (PushError, OSError) as error:
            exit_code, why = reason_of(error)
            ended = replace(
                ended,
                exit=ended.exit if ended.exit is not Exit.IMPORTED else exit_code,
                message=" ".join(dict.fromkeys(filter(None, (ended.message, why)))),
            )
    return results.report(ended, options.fail_on, plan.left_out)


async def _guarded(push: Surroundings, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, until a signal or the time that was given says that it is enough.

    Return whether there is time left to write the results.
    """

    async def count_time() -> None:
        if (seconds := push.options.pace.wait) is not None:
            await push.clock.sleep(seconds)
            push.end.now(
                Exit.UNFINISHED,
                f"The {seconds:g} seconds of --wait are over. Run the same command again, and it goes on.",
            )

    timer = asyncio.ensure_future(count_time())
    try:
        with interruptible(push.end, push.tell):
            await work
    except asyncio.CancelledError:
        if push.end.exit is not Exit.INTERRUPTED:
            raise
        push.end.message = (
            "Left at once, without result files. What the server had taken goes on there; run the same "
            "command again, and the push goes on."
        )
        return False
    finally:
        timer.cancel()
    return True


@asynccontextmanager
async def _server(options: PushOptions, login: Login, tell: Listener, clock: Clock) -> AsyncIterator[Server]:
    """Log in, and find out what kind of server it is."""
    transport = Transport(login, options.pace, clock, tell)
    try:
        server = Server(transport, options.target, await is_leadline(transport))
        used = await server.calls_used_today()
        if used is not None:
            transport.daily.used_up(clock.now(), used)
        yield server
    finally:
        await transport.close()


async def _mapped(source: Source, options: PushOptions, server: Server, tell: Listener) -> Mapping:
    mapping = match_columns(source, await server.fields(), options)
    tell(MappingShown(tuple(mapping.lines())))
    return mapping


def _show_plan(plan: Plan, course: Course, server: Server, tell: Listener) -> None:
    ended = [piece for piece in plan.pieces if course.is_over(piece.number)]
    tell(
        PlanShown(
            pieces=len(plan.pieces),
            rows=plan.rows,
            bytes=sum(piece.bytes for piece in plan.pieces),
            waves=len({piece.wave for piece in plan.pieces}),
            calls=_CALLS_A_PIECE * (len(plan.pieces) - len(ended)),
            pieces_ended=len(ended),
            rows_ended=sum(piece.rows for piece in (*ended, *(each.piece for each in plan.left_out))),
            is_leadline=server.is_leadline,
        )
    )


def _confirm(mapping: Mapping, options: PushOptions, login: Login, ask: Ask | None) -> None:
    """Have the mapping accepted: by a person, an option, or because nothing of it is in doubt."""
    if options.yes:
        return
    if ask is not None:
        question = f"Push {rows(mapping.rows)} to {login.address}, as shown"
        if not ask("\n".join((*mapping.doubts, question))):  # among many columns a guess is overlooked
            raise PushError("Nothing was sent.")
        return
    if mapping.doubts:
        raise PushError(*mapping.doubts, "Nothing was sent: say --yes where that is right.")


async def _preview(options: PushOptions, login: Login, tell: Listener, clock: Clock) -> Previewed | None:
    source = open_source(options.file, options.reading)
    async with _server(options, login, tell, clock) as server:
        mapping = await _mapped(source, options, server, tell)
        plan = make_plan(source, mapping, options)
        _show_plan(plan, Course(), server, tell)
        if not server.is_leadline:
            return None
        found, material = Previewed(), FilePieces(mapping)
        for piece in plan.pieces:
            name = f"{options.file.stem}-{piece.number}"
            with tempfile.TemporaryFile() as content:
                material.write(piece, content)
                found.take(await preview(server, Upload(content, material.format, name)))
        return found
