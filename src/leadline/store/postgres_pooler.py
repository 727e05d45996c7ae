"""Whether what pools connections to a PostgreSQL server keeps the statements that were prepared.

PgBouncer before 1.21 does not in transaction mode: each transaction gets any of its connections to the
server, and a statement is known on the one on which it was prepared.
"""

from collections.abc import Iterator

from leadline.errors import StoreBusyError
from leadline.store.postgres_connection import StatementsLostError
from leadline.store.postgres_pool import Server
from leadline.store.postgres_statements import PREPARED_FROM, Statement

_SMALL: Statement = (b"SELECT 1 AS one", ())
_ROUNDS = 2


def faults_of_pooler(server: Server) -> Iterator[str]:
    """Yield a sentence where prepared statements are lost.

    Two connections prepare the same statement by the same name, one after the other. A pooler that nobody
    else uses gives both the same connection to the server, where the name is taken, or goes round its own,
    where it is unknown. One that is busy may show neither; then calls tell it later, as a store that is down.
    """
    try:
        with server.connection() as one, server.connection() as other:
            for connection in (one, other) * _ROUNDS:
                for _ in range(PREPARED_FROM + 1):
                    connection.ask(_SMALL)
    except StatementsLostError as error:
        yield f"{server.address}: {error}."
    except StoreBusyError:  # it has no second connection for us now, and nothing is known of it
        return
