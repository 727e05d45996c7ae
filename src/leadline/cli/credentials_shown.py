"""How credentials are listed: as a table for people, as JSON for programs; never with a secret."""

from itertools import zip_longest
from typing import Any

from leadline.cli.tables import aligned
from leadline.store.credentials import Credential

_HEADER = ("NAME", "CLIENT ID", "USER", "PERMISSIONS", "PARTITIONS", "SECRET MADE", "ENDS")


def as_json(credential: Credential) -> dict[str, Any]:
    """Return a credential as JSON has it; `ends_at` is null for a secret without an end."""
    return {
        "name": credential.name,
        "client_id": credential.client_id,
        "user": credential.user,
        "permissions": _listed(credential.permissions),
        "partitions": _listed(credential.partitions),
        "secrets": [{"created_at": secret.since, "ends_at": secret.until} for secret in credential.secrets],
    }


def _listed(names: tuple[str, ...] | None) -> list[str] | str:
    return "all" if names is None else list(names)


def table_of(credentials: list[Credential]) -> str:
    """Return a table; a credential has as many lines as it has permissions, partitions or secrets."""
    return aligned([_HEADER, *(line for each in credentials for line in _lines_of(each))])


def _lines_of(credential: Credential) -> list[tuple[str, ...]]:
    columns = (
        [credential.name],
        [credential.client_id],
        [credential.user],
        ["all"] if credential.permissions is None else credential.permissions,
        ["all"] if credential.partitions is None else credential.partitions,
        [secret.since for secret in credential.secrets],
        [secret.until or "" for secret in credential.secrets],
    )
    return [tuple(map(_printable, line)) for line in zip_longest(*columns, fillvalue="")]


def _printable(text: str) -> str:
    """Return a text in which nothing can command the terminal, or is there without being seen."""
    return text if text.isprintable() else ascii(text)[1:-1]
