"""How client secrets are kept: as hashes from which nothing can be read back.

The secret that a client sends also yields the key that its tokens are made from. That key is
stored nowhere, so a stolen store holds no token, and every node makes the same ones.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 64}
_STORED_BYTES = 32
"""How many of the bytes that scrypt returns are stored; the others are the token key."""


def hash_generated(secret: str) -> str:
    """Hash a secret of at least 128 random bits; those need no slow hash."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()


def hash_chosen(secret: str) -> str:
    """Hash a secret that a person chose."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_stretch(secret, salt)[:_STORED_BYTES].hex()}"


def unmatched_hash() -> str:
    """Return a hash that no secret has; comparing with it takes as long as with that of a chosen secret."""
    return f"scrypt:{secrets.token_hex(16)}:{secrets.token_hex(_STORED_BYTES)}"


def find_key(secret: str, hashes: Sequence[str]) -> tuple[int, bytes] | None:
    """Return which of the hashes is the secret's, and the key of its tokens; None where none is.

    A wrong secret takes as long for one kind of hash as for the other, so that the time shows nothing:
    of the secrets of a client one at most is a chosen one.
    """
    generated = hash_generated(secret)
    for index, each in enumerate(hashes):
        if hmac.compare_digest(generated, each):
            return index, hmac.digest(secret.encode(), b"token key", "sha256")
    chosen = [(index, each.split(":")) for index, each in enumerate(hashes) if each.startswith("scrypt:")]
    for index, (_, salt, expected) in chosen:
        stretched = _stretch(secret, bytes.fromhex(salt))
        if hmac.compare_digest(stretched[:_STORED_BYTES], bytes.fromhex(expected)):
            return index, stretched[_STORED_BYTES:]
    if not chosen:
        _stretch(secret, b"")
    return None


def is_hash_of(secret: str, secret_hash: str) -> bool:
    """Return whether a hash is the secret's, in a time that does not depend on it."""
    return find_key(secret, [secret_hash]) is not None


def _stretch(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, **_SCRYPT)
