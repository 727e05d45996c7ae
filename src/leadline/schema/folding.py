"""Keys: the form in which values compare, for files, calls and filters alike (contract §3.6)."""

import hashlib
import re
from collections.abc import Sequence

from leadline.schema.outer_space import is_blank, trimmed
from leadline.schema.types import FALSE_WORDS, TRUE_WORDS, Cell, FieldType, Storage

KEY_SEPARATOR = "\x1f"
KEY_BYTES_MAX = 1_000
"""A longer compound key is kept as its digest: an index entry of the databases has a limit."""

_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,19})")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


def fold_key(text: str, field_type: FieldType) -> str | None:
    """Return the form in which a text key compares, None when nothing of it is seen.

    E-mail addresses are trimmed; all keys are in lower case but opaque ones.
    """
    if is_blank(text):
        return None
    bare = trimmed(text) if field_type.cell is Cell.EMAIL else text
    return bare if field_type.opaque else bare.lower()


def fold_value(text: str, field_type: FieldType) -> str | int | None:
    """Return the key that a record has whose cell has this text, None when it has none.

    Raises ValueError for a text that such a cell may not have. Days and instants are read by the
    engine; here only blank ones are known.
    """
    if field_type.storage is Storage.TEXT:
        return fold_key(text, field_type)
    if is_blank(text):
        return None
    bare = trimmed(text)
    if field_type.cell is Cell.BOOLEAN:
        return _boolean(bare.lower())
    match = _INTEGER.fullmatch(bare)
    number = int("".join(match.groups())) if match else None
    if number is None or not _INT64_MIN <= number <= _INT64_MAX:
        raise ValueError(text)
    return number


def _boolean(word: str) -> int:
    if word not in (*TRUE_WORDS, *FALSE_WORDS):
        raise ValueError(word)
    return int(word in TRUE_WORDS)


def compound_key(parts: Sequence[str]) -> str:
    """Return one key of several folded ones; different parts never make the same key."""
    key = KEY_SEPARATOR.join(
        part.replace("\\", "\\\\").replace(KEY_SEPARATOR, "\\" + KEY_SEPARATOR) for part in parts
    )
    return shortened_key(key)


def shortened_key(key: str) -> str:
    """Return the key itself, or its digest when it is too long for an index."""
    encoded = key.encode("utf-8", "surrogatepass")
    return key if len(encoded) <= KEY_BYTES_MAX else f"sha256:{hashlib.sha256(encoded).hexdigest()}"
