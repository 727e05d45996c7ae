"""Whether a PostgreSQL server is set so that it keeps the promises of a store."""

from collections.abc import Iterator, Mapping

from leadline.errors import OperatorError, StoreBusyError, StoreDownError, StoreFaultError
from leadline.store.postgres_nodes import NodeSettings, faults_for_citus, settings_of_nodes
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


def faults_of(server: Server, *, with_lost_nodes: bool = True) -> Iterator[str]:
    """Yield a sentence for each setting with which data could be lost, damaged or refused."""
    with server.connection() as connection:
        settings, (state,) = connection.ask(_SETTINGS, _STATE)
        found = {each["name"]: each["setting"] for each in settings}
        version = connection.info.server_version
        is_pooled, is_citus = connection.info.backend_pid != state["pid"], connection.is_citus
    if version < _VERSION_MIN:
        yield f"{server.address} is PostgreSQL {version // 10_000}; use 15 or newer."
    if state["recovers"]:
        yield f"{server.address} is a read replica; name the primary."
    if found["default_transaction_read_only"] == "on":
        yield f"{server.address} is read-only; set default_transaction_read_only to off."
    if (encoding := found["server_encoding"]) != "UTF8":
        yield (
            f"{server.address}: the database's encoding is {encoding}, names of people would be refused. "
            "Make another one: createdb --encoding UTF8 --template template0 NAME"
        )
    yield from _losing(server.address, found)
    if is_pooled:
        yield from faults_of_pooler(server)
    if is_citus:
        yield from _faults_of_nodes(server, with_lost=with_lost_nodes)


def _losing(where: str, found: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each setting with which a server or node could lose or damage data."""
    if found["synchronous_commit"] == "off":
        yield f"{where}: synchronous_commit is off, what was answered could be lost; set it to on."
    for name, (wanted, why) in _REQUIRED.items():
        if found[name] != wanted:
            yield f"{where}: {name} is {found[name]}, {why}; set it to {wanted}."


def _faults_of_nodes(server: Server, *, with_lost: bool) -> Iterator[str]:
    for node, found in _nodes_of(server):
        where = f"{server.address}, node {node}"
        if not isinstance(found, str):
            yield from _losing(where, found)
            yield from faults_for_citus(where, found)
        elif with_lost:
            yield f"{where} cannot be asked for its settings: {found}"


def _nodes_of(server: Server) -> list[tuple[str, NodeSettings | str]]:
    """Return the nodes; nobody waits for one that is frozen longer than for a statement."""
    try:
        with server.connection() as connection:
            return settings_of_nodes(connection)
    except (StoreBusyError, StoreFaultError) as error:
        return [("of any address", str(error))]


def check(server: Server) -> None:
    """Raise `OperatorError` for a server that does not answer, or whose settings `faults_of` names.

    A node of Citus that is lost refuses no start: the subscriptions on the others are served.
    """
    try:
        faults = list(faults_of(server, with_lost_nodes=False))
    except StoreDownError as error:
        raise OperatorError(f"The database cannot be used: {error}") from error
    if faults:
        raise OperatorError("The database cannot be used: " + " ".join(faults))
