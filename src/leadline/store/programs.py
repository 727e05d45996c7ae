"""Programs, and the channels whose statuses their members go through."""

import json
from collections.abc import Sequence

from leadline.schema.members import NOT_IN_PROGRAM
from leadline.schema.programs import Channel, Program, ProgramDetails, ProgramStatus
from leadline.store.base import Row, Session
from leadline.store.records import next_id, set_next_id

MARKETING_ACTIVITIES = 1
"""The folder of programs that were put into no other."""


def channels(session: Session) -> list[Channel]:
    """Return the channels by id."""
    statuses: dict[int, list[ProgramStatus]] = {}
    for row in session.rows("channel_statuses"):
        status = ProgramStatus(row["name"], row["step"], bool(row["success"]), row["description"])
        statuses.setdefault(row["channel_id"], []).append(status)
    return [
        Channel(
            row["id"],
            row["name"],
            row["program_type"],
            (ProgramStatus(NOT_IN_PROGRAM, 0), *statuses.get(row["id"], [])),
            row["created_at"],
            row["updated_at"],
        )
        for row in session.rows("channels")
    ]


def put_channel(
    session: Session, name: str, program_type: str, statuses: Sequence[ProgramStatus], now: int
) -> bool:
    """Add a channel or change its statuses, never take one away; return whether anything was written."""
    known = next((each for each in channels(session) if each.name.lower() == name.lower()), None)
    if known is None:
        channel_id = next_id(session, "channel")
        session.run(
            "add_channel", id=channel_id, name=name, k_name=name.lower(), program_type=program_type, now=now
        )
        set_next_id(session, "channel", channel_id + 1)
    else:
        channel_id = known.id
    written = known is None
    for each in statuses:
        stored = known.status(each.name) if known else None
        if stored == each:
            continue
        written = True
        session.run(
            "change_channel_status" if stored else "add_channel_status",
            channel_id=channel_id,
            k_name=each.name.lower(),
            name=each.name,
            description=each.description,
            step=each.step,
            success=int(each.success),
        )
    if written and known:
        session.run("touch_channel", id=channel_id, now=now)
    return written


def find_program(session: Session, program_id: int) -> Program | None:
    """Return a program, or None."""
    row = session.row("program_by_id", id=program_id)
    return _program(row) if row else None


def find_program_named(session: Session, name: str) -> Program | None:
    """Return the program of that name in any case, or None."""
    row = session.row("program_by_name", k_name=name.lower())
    return _program(row) if row else None


def programs(session: Session) -> list[Program]:
    """Return the programs by id."""
    return [_program(row) for row in session.rows("programs")]


def _program(row: Row) -> Program:
    items = {name: row[name] and json.loads(row[name]) for name in ("tags", "costs")}
    return Program(**{**row, **items})


def _stored(details: ProgramDetails) -> dict[str, object]:
    texts = {"tags": details.tags, "costs": details.costs}
    return {
        "name": details.name,
        "k_name": details.name.lower(),
        "description": details.description,
        **{name: json.dumps(items) if items else None for name, items in texts.items()},
    }


def channel_of(session: Session, program: Program) -> Channel:
    """Return the channel of a program."""
    return next(each for each in channels(session) if each.id == program.channel_id)


def add_program(
    session: Session,
    program_id: int | None,
    details: ProgramDetails,
    channel: Channel,
    now: int,
    folder_id: int = MARKETING_ACTIVITIES,
) -> int:
    """Add a program under an id of its own or the next one; return the id."""
    free = next_id(session, "program")
    own_id = program_id or free
    session.run(
        "add_program",
        id=own_id,
        program_type=channel.program_type,
        channel_id=channel.id,
        folder_id=folder_id,
        now=now,
        **_stored(details),
    )
    set_next_id(session, "program", max(free, own_id + 1))
    return own_id


def change_program(session: Session, program_id: int, details: ProgramDetails, now: int) -> None:
    """Give a program another name, description, other tags or costs."""
    session.run("change_program", id=program_id, now=now, **_stored(details))
