"""How client secrets are kept: as hashes from which nothing can be read back.

The secret that a client sends also yields the key that its tokens are made from. That key is
stored nowhere, so a stolen store holds no token, and every node makes the same ones.
"""

import hashlib
import hmac
import secrets

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


def token_key(secret: str, secret_hash: str) -> bytes | None:
    """Return the key of the secret's tokens, or None when the hash is not the secret's.

    A wrong secret takes as long for one kind of hash as for the other, so that the time shows nothing.
    """
    kind, _, rest = secret_hash.partition(":")
    if kind == "sha256":
        if not hmac.compare_digest(hash_generated(secret), secret_hash):
            _stretch(secret, b"")
            return None
        return hmac.digest(secret.encode(), b"token key", "sha256")
    salt, _, expected = rest.partition(":")
    stretched = _stretch(secret, bytes.fromhex(salt))
    is_it = hmac.compare_digest(stretched[:_STORED_BYTES], bytes.fromhex(expected))
    return stretched[_STORED_BYTES:] if is_it else None


def is_hash_of(secret: str, secret_hash: str) -> bool:
    """Return whether a hash is the secret's, in a time that does not depend on it."""
    return token_key(secret, secret_hash) is not None


def _stretch(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, **_SCRYPT)
