"""Who is logged into the console: rows of the control store, so that each node knows them."""

from collections.abc import Callable

from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.rules import Policy
from leadline.store.base import Session
from leadline.store.credentials import caller_of


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Whose session it is, with the rights that the credential has now; instants are epoch seconds."""

    caller: Caller
    opened_at: int
    used_at: int
    secret_ends_at: int | None


def add_session(session: Session, session_hash: str, client_id: str, secret: int, now: int) -> None:
    """Keep a session that begins now, opened with the client's secret of that number."""
    session.run("add_console_session", session_hash=session_hash, client_id=client_id, secret=secret, now=now)


def find_session(
    session: Session, session_hash: str, policy_of: Callable[[str], Policy]
) -> OpenSession | None:
    """Return a session, be its time over or not; None where there is none.

    `policy_of` returns the limits and rules that hold for a subscription.
    """
    row = session.row("console_session", session_hash=session_hash)
    if row is None:
        return None
    caller = caller_of(row, policy_of(row["munchkin_id"]))
    return OpenSession(caller, row["opened_at"], row["used_at"], row["ends_at"])


def note_use(session: Session, session_hash: str, now: int) -> None:
    """Note that a session is used."""
    session.run("use_console_session", session_hash=session_hash, now=now)


def delete_session(session: Session, session_hash: str) -> None:
    """Forget a session."""
    session.run("delete_console_session", session_hash=session_hash)


def delete_ended(session: Session, *, opened_before: int, used_before: int) -> None:
    """Forget the sessions that began, or were used last, at or before an instant."""
    session.run("delete_ended_console_sessions", opened_before=opened_before, used_before=used_before)
