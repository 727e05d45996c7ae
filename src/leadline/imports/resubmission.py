"""Requests that may be sent again: `Idempotency-Key`, and what was made with it.

A use case that creates something asks twice. Before anything that depends on the store it asks
`made_before`, so that a request that is sent again is answered whatever has become of queue and list
since. Then, in the transaction that creates, it wraps the creation in `once`:

    with database.read() as session:
        before = made_before(session, key)
    if before is not None:
        return self._again(before.confirmed(fingerprint))
    ...
    with database.write() as session:
        made, is_new = once(session, key, fingerprint, lambda: admit(...))

Of two that come at once the second waits in `once` for the first, and gets what that made. A request
that is refused ends its transaction, and the key with it. A key lives as long as its job or preview.
"""

import hashlib
import re
from collections.abc import Callable, Sequence

from leadline.errors import INVALID_VALUE, KEY_USED, ServiceError
from leadline.model.callers import Caller
from leadline.model.dataclass import dataclass
from leadline.store import request_keys
from leadline.store.base import Session
from leadline.store.request_keys import Made
from leadline.store.request_keys import RequestKey as RequestKey

_KEY = re.compile(r'"([\x21-\x7e]{1,255})"|((?!")[\x21-\x7e]{1,255})')


@dataclass(frozen=True, slots=True)
class MadeBefore:
    """What a request of the same key made: a job by its batch id, or a preview by its id."""

    made: Made
    fingerprint: str

    def confirmed(self, fingerprint: str) -> Made:
        """Return what was made; raises `ServiceError` 1003 when that was another request."""
        if fingerprint != self.fingerprint:
            raise ServiceError(KEY_USED)
        return self.made


def key_of(caller: Caller, headers: Sequence[str]) -> RequestKey | None:
    """Return the key of a call from the values of its header, quoted or bare; None where it has none.

    Raises `ServiceError` 1001 for one that is no key, and for two.
    """
    if not headers:
        return None
    match = _KEY.fullmatch(headers[0].strip(" \t")) if len(headers) == 1 else None
    if match is None:
        raise ServiceError(INVALID_VALUE, value=", ".join(headers)[:255], type="Idempotency-Key")
    key = match[1] or match[2]
    return RequestKey(caller.client_id, hashlib.sha256(key.encode()).hexdigest())


def made_before(session: Session, key: RequestKey | None) -> MadeBefore | None:
    """Return what was made with a key, None where nothing was or the call has no key."""
    kept = request_keys.find(session, key) if key is not None else None
    return None if kept is None else MadeBefore(kept.made, kept.fingerprint)


def once(
    session: Session, key: RequestKey | None, fingerprint: str, make: Callable[[], Made]
) -> tuple[Made, bool]:
    """Make something unless the key has made it; return what was made, and whether that is new.

    Raises `ServiceError` 1003 when the key was used for another request.
    """
    if key is None:
        return make(), True
    while not request_keys.take(session, key, fingerprint):
        before = made_before(session, key)
        if before is not None:  # else what it made was deleted this very moment
            return before.confirmed(fingerprint), False
    made = make()
    request_keys.settle(session, key, made)
    return made, True
