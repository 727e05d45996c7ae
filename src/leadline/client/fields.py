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

    @property
    def is_dated(self) -> bool:
        """Tell whether its values are days or instants."""
        return self.data_type.lower() in ("date", "datetime")

    def is_named(self, column: str) -> bool:
        """Tell whether a column has one of its two names."""
        return column.strip().lower() in (self.name.lower(), self.display_name.lower())
