"""What to do about a PostgreSQL server that does not let us in, from what it says in English.

Of a refused connection the driver knows the text alone, which may be in the language of the server: then the
advice is the general one.
"""

import re

_ADVICE = (
    (r'database "(.+)" does not exist', "Make it: createdb --encoding UTF8 --template template0 {}"),
    (r'role "(.+)" does not exist', "Name another role in the URL, or make this one: createuser {}"),
    (r'role "(.+)" is not permitted to log in', "As a superuser, run in psql: ALTER ROLE {} LOGIN;"),
    (
        r'permission denied for database "(.+)"',
        "As its owner, run in psql: GRANT CONNECT ON DATABASE {} TO the role that the URL names;",
    ),
    (
        r'Peer authentication failed for user "(.+)"',
        "Run it as the user {} of the system, or name a host in the URL and put the password into ~/.pgpass.",
    ),
    (
        r"no password supplied|password authentication failed",
        "Put the role's password into ~/.pgpass, or into the file that PGPASSFILE names, with mode 0600.",
    ),
    (
        r"no pg_hba\.conf entry|pg_hba\.conf rejects",
        "Add a line for role, database and address to the server's pg_hba.conf, then reload it.",
    ),
    (
        r"too many (clients|connections)|connection slots",
        "Raise max_connections, or put PgBouncer in between.",
    ),
    (r"does not support SSL", "Switch TLS on at the server, or take sslmode out of the URL."),
    (r"certificate verify failed", "Name the authority of its certificate in the URL: sslrootcert=FILE."),
    (r"resolve host", "Fix the name of the host in the URL."),
)
_PREAMBLE = re.compile(r"^.*(?:failed|is bad): (?:FATAL:\s+)?", re.DOTALL)
"""What the driver puts before the reason."""


def sentence_for(address: str, text: str) -> str:
    """Return why a server cannot be used and what to do, from the error of its driver."""
    reason = " ".join(_PREAMBLE.sub("", text).split()).rstrip(".")
    for pattern, advice in _ADVICE:
        if found := re.search(pattern, reason):
            return f"{address}: {reason}. {advice.format(*found.groups())}"
    return f"{address} does not answer: {reason}. Start it, or fix its URL."
