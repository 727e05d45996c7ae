"""Whether a PostgreSQL server is set so that it keeps the promises of a store."""

from collections.abc import Iterator

from leadline.errors import OperatorError, StoreDownError
from leadline.store.postgres_pool import Server
from leadline.store.postgres_pooler import faults_of_pooler
from leadline.store.postgres_statements import Statement

_SETTINGS: Statement = (b"SELECT name, setting FROM pg_settings", ())
_STATE: Statement = (b"SELECT pg_is_in_recovery() AS recovers, pg_backend_pid() AS pid", ())
_VERSION_MIN = 150_000
_REQUIRED = {
    "fsync": ("on", "a power cut would lose what was answered"),
    "full_page_writes": ("on", "a power cut could damage the store"),
    "data_sync_retry": ("off", "a failed write to disk would go unnoticed"),
}


def faults_of(server: Server) -> Iterator[str]:
    """Yield a sentence for each setting with which data could be lost, damaged or refused."""
    with server.connection() as connection:
        settings, (state,) = connection.ask(_SETTINGS, _STATE)
        found = {each["name"]: each["setting"] for each in settings}
        version = connection.info.server_version
        is_pooled = connection.info.backend_pid != state["pid"]
    if version < _VERSION_MIN:
        yield f"{server.address} is PostgreSQL {version // 10_000}; use 15 or newer."
    if state["recovers"]:
        yield f"{server.address} is a read replica; name the primary."
    if found["default_transaction_read_only"] == "on":
        yield f"{server.address} is read-only; set default_transaction_read_only to off."
    if found["synchronous_commit"] == "off":
        yield f"{server.address}: synchronous_commit is off, what was answered could be lost; set it to on."
    if (encoding := found["server_encoding"]) != "UTF8":
        yield (
            f"{server.address}: the database's encoding is {encoding}, names of people would be refused. "
            "Make another one: createdb --encoding UTF8 --template template0 NAME"
        )
    for name, (wanted, why) in _REQUIRED.items():
        if found[name] != wanted:
            yield f"{server.address}: {name} is {found[name]}, {why}; set it to {wanted}."
    if is_pooled:
        yield from faults_of_pooler(server)


def check(server: Server) -> None:
    """Raise `OperatorError` for a server that does not answer, or whose settings `faults` names."""
    try:
        faults = list(faults_of(server))
    except StoreDownError as error:
        raise OperatorError(f"The database cannot be used: {error}") from error
    if faults:
        raise OperatorError("The database cannot be used: " + " ".join(faults))
