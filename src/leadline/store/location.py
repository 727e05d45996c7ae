"""Where a store is, as the directory in the control store writes it.

A file is written as its path, `subscriptions/123-abc-456.db`; a schema of a PostgreSQL server as
`schema#url`, with nothing behind the `#` for the server of the control store.
"""

from dataclasses import field
from typing import Self

from leadline.model.dataclass import dataclass


def command_that_lets_in(role: str) -> str:
    """Return the command which grants a role of the server what API and workers need."""
    return f"leadline setup FILE --database URL --grant-to {role}"


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """A file beside the control store, or a schema of a PostgreSQL server.

    `name` is the file's path within the folder of the stores, or the schema. `server` is the URL of
    the schema's server, empty for the server of the control store; a file has None.
    """

    name: str
    server: str | None = field(default=None, repr=False)  # it may hold a password

    @property
    def is_file(self) -> bool:
        """Whether the store is a file, not a schema."""
        return self.server is None

    @classmethod
    def of_new(cls, munchkin_id: str, url: str | None, control_url: str | None) -> Self:
        """Return where a new subscription's store is to be; `url` may name a server of its own.

        `control_url` is that of the control store, None for an embedded one.
        """
        if url or control_url:
            schema = f"leadline_{munchkin_id.lower().replace('-', '_')}"
            return cls(schema, "" if url in (None, control_url) else url)
        return cls(f"subscriptions/{munchkin_id.lower()}.db")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the location that the directory has written down."""
        name, mark, server = text.partition("#")
        return cls(name, server if mark else None)

    def render(self) -> str:
        """Return the text that the directory writes down."""
        return self.name if self.server is None else f"{self.name}#{self.server}"
