"""How client secrets are kept: as hashes from which nothing can be read back."""

import hashlib
import hmac
import secrets

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


def hash_generated(secret: str) -> str:
    """Hash a secret of at least 128 random bits; those need no slow hash."""
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()


def hash_chosen(secret: str) -> str:
    """Hash a secret that a person chose."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{hashlib.scrypt(secret.encode(), salt=salt, **_SCRYPT).hex()}"


def fits(secret: str, secret_hash: str) -> bool:
    """Tell, in constant time, whether a hash is the secret's."""
    kind, _, rest = secret_hash.partition(":")
    if kind == "sha256":
        return hmac.compare_digest(hash_generated(secret), secret_hash)
    salt, _, expected = rest.partition(":")
    actual = hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), **_SCRYPT)
    return hmac.compare_digest(actual, bytes.fromhex(expected))
