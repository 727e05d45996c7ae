"""Use case: who is logged into the console.

A session is 256 random bits in a browser's cookie; the control store keeps their hash, so every node knows
it. It ends when nobody used it for half an hour, after eight hours, at a log-out, and with the secret
that it was opened with. What its credential may do is read anew for each request.
"""

import hashlib
import secrets
from functools import partial

from leadline.events import Emit, SessionOpened
from leadline.model.callers import Caller
from leadline.model.rules import Policy
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import console_sessions, credentials
from leadline.store.directory import Stores
from leadline.subscriptions.known_policies import KnownPolicies
from leadline.subscriptions.secret_check import SecretCheck

IDLE_SECONDS = 30 * 60
LIFE_SECONDS = 8 * 3600
_NOTED_SECONDS = 60
_HOLDERS_MAX = 20_000
"""Of so many sessions it is remembered whose they are, so that their requests wait among their own."""


class ConsoleSessions:
    """Opens sessions, recognises and ends them."""

    def __init__(self, stores: Stores, time: SubscriptionTime, policy: Policy, emit: Emit) -> None:
        """`time` is the machine's, for all subscriptions alike: who looks on lives by no test's clock."""
        self._stores = stores
        self._time = time
        self._emit = emit
        self._policies = KnownPolicies(policy)
        self._secrets = SecretCheck(emit)
        self._holders: dict[str, str] = {}

    def open(self, client_id: str, client_secret: str) -> str | None:
        """Return a new session's name for the cookie; None for wrong credentials."""
        credential = None
        if "\0" not in client_id:  # no client has one, and not every database takes it
            with self._stores.control.read() as session:
                credential = credentials.find_credential(session, client_id)
        now = self._now()
        found = self._secrets.find(credential, client_secret, now)
        if found is None or credential is None:
            return None
        name, (secret, _) = secrets.token_urlsafe(32), found
        with self._stores.control.write() as session:
            credentials.lock_client(session, client_id)
            current = credentials.find_credential(session, client_id)
            if current is None or current.now_of(secret, now) is None:
                return None
            console_sessions.delete_ended(
                session, opened_before=now - LIFE_SECONDS, used_before=now - IDLE_SECONDS
            )
            console_sessions.add_session(session, _hash(name), client_id, secret.number, now)
        self._emit(SessionOpened(credential.munchkin_id, client_id))
        return name

    def identify(self, name: str, *, counts_as_use: bool) -> Caller | None:
        """Return whose session it is, with the rights of this moment; None where there is none any more.

        A page that refreshes itself is no use of the session: else it would live as long as the page.
        """
        session_hash, now = _hash(name), self._now()
        found = self._found(session_hash)
        if found is None or now >= _end_of(found):
            return None
        if counts_as_use and now >= found.used_at + _NOTED_SECONDS:
            with self._stores.control.write() as session:
                console_sessions.note_use(session, session_hash, now)
        if len(self._holders) >= _HOLDERS_MAX:
            self._holders.clear()
        self._holders[session_hash] = found.caller.munchkin_id
        return found.caller

    def subscription_of(self, name: str) -> str:
        """Return the munchkin id of a session recognised before, without asking the store; else ""."""
        return self._holders.get(_hash(name), "")

    def has_lost_store(self, name: str) -> bool:
        """Return whether the subscription of a session was removed; raises `StoreBusyError` if made anew."""
        munchkin_id = self.subscription_of(name)
        return bool(munchkin_id) and self._stores.was_removed(munchkin_id)

    def close(self, name: str) -> None:
        """End a session; a name that nobody has costs no write."""
        session_hash = _hash(name)
        if self._found(session_hash) is not None:
            with self._stores.control.write() as session:
                console_sessions.delete_session(session, session_hash)

    def _found(self, session_hash: str) -> console_sessions.OpenSession | None:
        with self._stores.control.read_once() as session:
            return console_sessions.find_session(session, session_hash, partial(self._policies.of, session))

    def _now(self) -> int:
        return self._time.now("")


def _end_of(found: console_sessions.OpenSession) -> int:
    end = min(found.opened_at + LIFE_SECONDS, found.used_at + IDLE_SECONDS)
    return end if found.secret_ends_at is None else min(end, found.secret_ends_at)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
