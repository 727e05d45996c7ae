"""A push begins, or goes on as the same one that its manifest tells of."""

import secrets

from leadline.client.calls.server import Server
from leadline.client.errors import PushError
from leadline.client.manifest.asked import asked_of
from leadline.client.manifest.fingerprint import fingerprint_of, same_push
from leadline.client.manifest.journal import Journal
from leadline.client.manifest.lines import PlanLine
from leadline.client.options import PushOptions
from leadline.client.plan import Plan
from leadline.client.reading import Mapping


def first_line(
    journal: Journal, options: PushOptions, server: Server, mapping: Mapping, plan: Plan
) -> PlanLine | None:
    """Return the line with which a push begins; None where it goes on, and is what was pushed before.

    Raises `PushError` where it is not. Who is asked and says no has begun nothing: nothing is written here.
    """
    source, address = mapping.source, server.transport.address
    prints = fingerprint_of(
        options, address, source.sha256, mapping.fingerprint, source.format, source.encoding.name
    )
    begun = journal.course.plan
    if begun is not None and journal.course.pieces and not options.restart:
        same_push(options.manifest_path, options.file, begun.fingerprint, prints, name=begun.file)
        _same_server(begun, server)
        _same_pieces(begun, plan, options)
        if journal.course.is_undone:
            raise PushError(
                f"The push of {options.file} was taken back by `leadline push undo`: begin anew with "
                "--restart."
            )
        return None
    return PlanLine(
        at=server.transport.clock.now(),
        id=secrets.token_hex(8),
        file=source.path.name,
        fingerprint=prints,
        is_leadline=server.is_leadline,
        pieces=len(plan.pieces),
        rows=plan.rows,
        layout=plan.layout,
        asked=asked_of(options),
    )


def _same_server(begun: PlanLine, server: Server) -> None:
    if begun.is_leadline is not server.is_leadline:
        was, now = ("Leadline", "none") if begun.is_leadline else ("no Leadline", "one")
        raise PushError(
            f"The server at {server.transport.address} was {was} when this push began, and is {now} now: "
            "what was sent cannot be told from what was not. Begin anew with --restart."
        )


def _same_pieces(begun: PlanLine, plan: Plan, options: PushOptions) -> None:
    if (begun.pieces, begun.rows, begun.layout) != (len(plan.pieces), plan.rows, plan.layout):
        raise PushError(
            f"{options.file} makes other pieces than {options.manifest_path} tells, maybe because this is "
            "another version of Leadline. Go on with that one, or begin anew with --restart."
        )
