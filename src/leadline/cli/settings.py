"""From command-line options to settings."""

from typing import Any

from leadline.config import Settings, load_settings
from leadline.errors import OperatorError


def settings_from(database: str | None = None, **flags: Any) -> Settings:
    """Return the settings; options that were not given leave room for environment and file."""
    if database is not None:
        raise OperatorError(
            "--database is not supported by this version: the embedded store is. Use --data DIR instead."
        )
    return load_settings({name: value for name, value in flags.items() if value is not None})
