"""What a sandbox generates: the same from the same seed and name, so that tests may write it down."""

import hashlib
from uuid import UUID

_DIGITS, _LETTERS = "0123456789", "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Generated:
    """The values of one subscription, from the sandbox's seed and the subscription's name or number."""

    def __init__(self, random_seed: int, key: str) -> None:
        self._source = f"{random_seed}\n{key}"

    def raw(self, *what: object) -> bytes:
        """Return 32 bytes that belong to a purpose."""
        return hashlib.sha256("\n".join((self._source, *map(str, what))).encode()).digest()

    def munchkin_id(self, attempt: int) -> str:
        """Return a munchkin id; another attempt gives another one."""
        noise = iter(self.raw("munchkin id", attempt))
        parts = (_DIGITS, _LETTERS, _DIGITS)
        return "-".join("".join(signs[next(noise) % len(signs)] for _ in range(3)) for signs in parts)

    def client_id(self, name: str) -> str:
        """Return the client id of a credential."""
        return str(UUID(bytes=self.raw("client id", name)[:16], version=4))

    @property
    def guid_seed(self) -> str:
        """Return what the ids of records follow from."""
        return self.raw("guid").hex()

    def request_id(self, number: int) -> str:
        """Return the id of a request, which looks like any other."""
        return f"{number & 0xFFFFF:x}#1{self.raw('request', number).hex()[:10]}"

    def client_secret(self, name: str) -> str:
        """Return the secret of a credential."""
        return self.raw("client secret", name).hex()[:32]
