"""A field of the server that a column may fill."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A field as the describe call tells it; `is_key` says that rows may be looked up by it."""

    name: str
    display_name: str
    data_type: str
    is_key: bool = False
    is_writable: bool = True
