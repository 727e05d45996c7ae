"""Settings that hold until a transaction ends, on one server or on the nodes of Citus behind it.

Citus passes on to its nodes what is set by SET LOCAL while `citus.propagate_set_commands` says so, never what
`set_config` sets: there a lock or an abandoned transaction on a node would wait without a limit.
"""

from collections.abc import Mapping

from leadline.store.postgres_statements import Statement

_PASSED_ON = {"citus.propagate_set_commands": "local"}


class LocalSettings:
    """The statements that set them in a transaction; all go in one round trip with what comes next."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """`values` are vouched for: they become part of the SQL."""
        calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in values.items())
        self.for_one: tuple[Statement, ...] = ((f"SELECT {calls}".encode(), ()),)
        """One statement, which is prepared, costs less than one for each."""

        every = _PASSED_ON | dict(values)
        self.for_nodes: tuple[Statement, ...] = tuple(
            (f"SET LOCAL {name} = '{value}'".encode(), ()) for name, value in every.items()
        )
