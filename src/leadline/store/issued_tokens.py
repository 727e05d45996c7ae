"""Access tokens, as they are kept: hashes, each of a client's secret and its place in that secret's series.

`subscriptions/tokens.py` says what they are hashes of.
"""

from collections.abc import Callable

from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.rules import Policy
from leadline.store.base import Question, Row, Session
from leadline.store.credentials import caller_of


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What is kept of a token. Together with the client's secret it gives the token, alone it does not."""

    token_hash: str
    client_id: str
    secret: int
    issue_no: int
    nonce: str
    expires_at: int


def newest_token(session: Session, client_id: str, secret: int) -> IssuedToken | None:
    """Return the last token made from a client's secret, or None."""
    row = session.row("newest_token", client_id=client_id, secret=secret)
    return IssuedToken(client_id=client_id, secret=secret, **row) if row else None


def add_token(session: Session, token: IssuedToken, expired_before: int) -> None:
    """Keep a token, and delete those of its client that expired at or before an instant."""
    session.run("delete_expired_tokens", client_id=token.client_id, expired_before=expired_before)
    session.run(
        "add_token",
        token_hash=token.token_hash,
        client_id=token.client_id,
        secret=token.secret,
        issue_no=token.issue_no,
        nonce=token.nonce,
        expires_at=token.expires_at,
    )


def expire_token(session: Session, token_hash: str, now: int) -> None:
    """Let a token's life end now."""
    session.run("expire_token", token_hash=token_hash, now=now)


def move_tokens(session: Session, munchkin_id: str, seconds: int) -> None:
    """Let a subscription's tokens expire, and its secrets end, so much later, or earlier."""
    session.run("move_tokens", munchkin_id=munchkin_id, seconds=seconds)
    session.run("move_ends_of_secrets", munchkin_id=munchkin_id, seconds=seconds)


def renew_tokens(session: Session, munchkin_id: str, expires_at: int) -> None:
    """Let all tokens of a subscription expire at one instant; none outlives its secret."""
    session.run("renew_tokens", munchkin_id=munchkin_id, expires_at=expires_at)


def token_holder(
    session: Session, token_hash: str, policy_of: Callable[[str], Policy]
) -> tuple[Caller, int] | None:
    """Return who holds a token and when it expires, or None when it is unknown.

    `policy_of` returns the limits and rules that hold for a subscription.
    """
    query, values = of_token(token_hash)
    row = session.row(query, **values)
    return None if row is None else holder_of(row, policy_of)


def holder_of(row: Row, policy_of: Callable[[str], Policy]) -> tuple[Caller, int]:
    """Return who holds a token and when it expires, from the row that `of_token` asks for."""
    return caller_of(row, policy_of(row["munchkin_id"])), int(row["expires_at"])


def of_token(token_hash: str) -> Question:
    """Return the question who holds a token."""
    return "token_holder", {"token_hash": token_hash}
