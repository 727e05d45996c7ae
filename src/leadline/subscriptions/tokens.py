"""Use case: who may call. Tokens for credentials, and callers for tokens (contract §1, §11)."""

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from leadline.errors import ACCESS_DENIED, TOKEN_EXPIRED, TOKEN_INVALID, ServiceError
from leadline.events import AccessRefused, Emit, TokenExpired, TokenIssued
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.model.jobs import JobLookup
from leadline.model.rules import Policy
from leadline.model.subscription_time import SubscriptionTime
from leadline.store import credentials, issued_tokens, jobs
from leadline.store.base import Session
from leadline.store.client_secrets import Secret
from leadline.store.credentials import Credential
from leadline.store.directory import Stores
from leadline.store.issued_tokens import IssuedToken
from leadline.subscriptions.known_policies import KnownPolicies
from leadline.subscriptions.secret_check import SecretCheck

_TOKEN_SUFFIX = ":ll"
_MUNCHKIN_ID = re.compile(r"[0-9A-Za-z]{3}-[0-9A-Za-z]{3}-[0-9A-Za-z]{3}")
_EXPIRED_KNOWN_SECONDS = 24 * 3600
_HOLDERS_MAX = 20_000
"""Of so many tokens it is remembered whose they are, so that their calls wait among their own."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the identity endpoint answers: the token, its remaining life, its scope."""

    token: str
    expires_in: int
    scope: str


class Tokens:
    """Issues tokens and recognises them; only hashes of either are stored."""

    def __init__(
        self,
        stores: Stores,
        time: SubscriptionTime,
        policy: Policy,
        emit: Emit,
        new_nonce: Callable[[], str] = secrets.token_hex,
    ) -> None:
        """`policy` are the server's limits and rules; a subscription may have some of its own.

        Tokens that follow each other differ by their numbers, also where each nonce is the same.
        """
        self._new_nonce = new_nonce
        self._stores = stores
        self._time = time
        self._policy = policy
        self._policies = KnownPolicies(policy)
        self._secrets = SecretCheck(emit)
        self._emit = emit
        self._holders: dict[str, str] = {}

    def grant(self, client_id: str, client_secret: str) -> Grant | None:
        """Return the client's token, the same one until it expires; None for wrong credentials.

        An unknown client costs the same time as a wrong secret.
        """
        with self._stores.control.read_once() as session:
            credential = credentials.find_credential(session, client_id)
            life_seconds = self._life_seconds(session, credential)
        now = self._time.now(credential.munchkin_id) if credential else 0
        found = self._secrets.find(credential, client_secret, now)
        if found is None or credential is None:
            return None
        munchkin_id, (secret, key) = credential.munchkin_id, found
        with self._stores.control.read_once() as session:
            token = issued_tokens.newest_token(session, client_id, secret.number)
        if token is None or self._remaining(munchkin_id, token, life_seconds) < 1:
            token = self._issue(credential, secret, key)
        if token is None:
            return None
        expires_in = max(
            1, self._remaining(munchkin_id, token, life_seconds)
        )  # 0 would be read as "no token"
        return Grant(_spell(token, key), expires_in, credential.user)

    def _issue(self, credential: Credential, secret: Secret, key: bytes) -> IssuedToken | None:
        """Issue a token, or return one issued meanwhile; None when the secret ended meanwhile."""
        now = self._time.now(credential.munchkin_id)
        with self._stores.control.write() as session:
            credentials.lock_client(session, credential.client_id)
            current = credentials.find_credential(session, credential.client_id)
            holding = current.now_of(secret, now) if current else None
            if holding is None:
                return None
            life_seconds = self._life_seconds(session, credential)
            last = issued_tokens.newest_token(session, credential.client_id, secret.number)
            if last is not None and self._remaining(credential.munchkin_id, last, life_seconds) >= 1:
                return last
            draft = IssuedToken(
                token_hash="",
                client_id=credential.client_id,
                secret=secret.number,
                issue_no=last.issue_no + 1 if last else 1,
                nonce=self._new_nonce(),
                expires_at=holding.ending(now + life_seconds),
            )
            token = replace(draft, token_hash=_hash(_spell(draft, key)))
            issued_tokens.add_token(session, token, expired_before=now - _EXPIRED_KNOWN_SECONDS)
        self._emit(TokenIssued(credential.munchkin_id, credential.client_id))
        return token

    def identify(self, token: str, host: str = "") -> Caller:
        """Return who holds the token; raises `ServiceError` 601 or 602.

        A `host` whose first label is another munchkin id refuses the token, whether a subscription
        has that id or none: no answer shows which there are.
        """
        with self._stores.control.read_once() as session:
            found = issued_tokens.token_holder(session, _hash(token), partial(self._policies.of, session))
        return self._accepted(found, token, host)

    def identify_beside(self, token: str, host: str, batch_id: int) -> tuple[Caller, JobLookup | None]:
        """Return who holds the token as `identify` does, with a job where one round trip brings both.

        The job is one of the subscription that the token was recognised for before.
        """
        munchkin_id, token_hash = self.subscription_of(token), _hash(token)
        told = self._stores.rows_beside(
            issued_tokens.of_token(token_hash), munchkin_id, jobs.of_batch(batch_id)
        )
        if told is None:
            return self.identify(token, host), None
        holders, found = told
        holder = issued_tokens.holder_of(holders[0], self._policy_of) if holders else None
        caller = self._accepted(holder, token, host)
        is_his = caller.munchkin_id == munchkin_id
        return caller, jobs.looked_up(batch_id, found) if is_his else None

    def _policy_of(self, munchkin_id: str) -> Policy:
        known = self._policies.known(munchkin_id)
        if known is not None:
            return known
        with self._stores.control.read_once() as session:
            return self._policies.of(session, munchkin_id)

    def _accepted(self, found: tuple[Caller, int] | None, token: str, host: str) -> Caller:
        """Return the caller of a token that holds, for a host of his subscription's."""
        if found is None:
            self._emit(AccessRefused("unknown token", None))
            raise ServiceError(TOKEN_INVALID)
        caller, expires_at = found
        label = host.partition(".")[0].partition(":")[0]
        if _MUNCHKIN_ID.fullmatch(label) and label.lower() != caller.munchkin_id.lower():
            self._emit(AccessRefused("token of another subscription", caller.client_id))
            raise ServiceError(TOKEN_INVALID)
        if expires_at <= self._time.now(caller.munchkin_id):
            self._emit(TokenExpired(caller.client_id))
            raise ServiceError(TOKEN_EXPIRED)
        if len(self._holders) >= _HOLDERS_MAX:
            self._holders.clear()
        self._holders[_hash(token)] = caller.munchkin_id
        return caller

    def subscription_of(self, token: str | None) -> str:
        """Return the munchkin id of a token that was recognised before, without asking the store; else ""."""
        return self._holders.get(_hash(token), "") if token else ""

    def whose(self, token: str) -> str:
        """Return the munchkin id of a token, expired or not; "" where it is unknown."""
        known = self.subscription_of(token)
        if known:
            return known
        with self._stores.control.read_once() as session:
            found = issued_tokens.token_holder(session, _hash(token), partial(self._policies.of, session))
        return found[0].munchkin_id if found else ""

    def expire(self, munchkin_id: str, token: str) -> None:
        """Let a token's life end now, as if its time were over."""
        with self._stores.control.write() as session:
            issued_tokens.expire_token(session, _hash(token), self._time.now(munchkin_id))

    def keep_lives(self, munchkin_id: str, set_clock: Callable[[], None]) -> None:
        """Set a subscription's clock; its tokens have then as much of their lives left as before."""
        with self._stores.control.write() as session:
            before = self._time.now(munchkin_id)
            set_clock()
            issued_tokens.move_tokens(session, munchkin_id, self._time.now(munchkin_id) - before)

    def renew(self, munchkin_id: str) -> None:
        """Let all tokens of a subscription live anew, expired or not."""
        with self._stores.control.write() as session:
            life_seconds = self._policies.of(session, munchkin_id).limits.token_seconds
            issued_tokens.renew_tokens(session, munchkin_id, self._time.now(munchkin_id) + life_seconds)

    def confirm(self, munchkin_id: str) -> None:
        """Raise `ServiceError` 601 where a subscription was removed while its call was answered.

        Raises `StoreBusyError` where it was made anew meanwhile.
        """
        if munchkin_id and self._stores.was_removed(munchkin_id):
            self._emit(AccessRefused("removed subscription", None))
            raise ServiceError(TOKEN_INVALID)

    def permit(self, caller: Caller, any_of: tuple[str, ...]) -> None:
        """Raise `ServiceError` 603 unless the caller has one of the permissions."""
        if not caller.may(any_of):
            self._emit(AccessRefused("no permission", caller.client_id))
            raise ServiceError(ACCESS_DENIED)

    def _life_seconds(self, session: Session, credential: Credential | None) -> int:
        """Return how long new tokens of a credential's subscription live."""
        policy = self._policies.of(session, credential.munchkin_id) if credential else self._policy
        return policy.limits.token_seconds

    def _remaining(self, munchkin_id: str, token: IssuedToken, life_seconds: int) -> int:
        """Return how many whole seconds a token lives yet; no more than any, should the clock be set back."""
        now_ms = self._time.now_ms(munchkin_id)
        return min((token.expires_at * 1000 - now_ms) // 1000, life_seconds)


def _spell(token: IssuedToken, key: bytes) -> str:
    """Make the token from what is kept of it and the key that came with the secret."""
    source = "\n".join((token.client_id, str(token.secret), str(token.issue_no), token.nonce))
    digest = hmac.digest(key, source.encode(), "sha256")
    return f"{uuid.UUID(bytes=digest[:16])}{_TOKEN_SUFFIX}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
