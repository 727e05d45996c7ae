"""Cells may be as long as they like: Python's csv refuses those of 128 KiB unless it is told otherwise."""

import csv

_CHARACTERS_MAX = 2**30


def allow_long_cells() -> None:
    """Let whoever reads CSV in this process read cells of any length."""
    csv.field_size_limit(_CHARACTERS_MAX)
