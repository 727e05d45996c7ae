"""The texts of a multipart form's fields, each in its charset (RFC 7578 §4.5, §4.6)."""

from collections.abc import Sequence
from encodings import normalize_encoding
from encodings.aliases import aliases

from leadline.errors import UNKNOWN_CHARSET, ServiceError
from leadline.model.dataclass import dataclass

_DEFAULT = "_charset_"
_SHOWN_MAX = 40
_KNOWN = frozenset((*aliases, *aliases.values()))
"""Names of charsets; others are not looked for: the interpreter remembers each that it did not find."""


@dataclass(frozen=True, slots=True)
class RawField:
    """A field as it came; `charset` is what its part says of it, None where it says nothing."""

    name: str
    value: bytes
    charset: str | None


def decode_fields(fields: Sequence[RawField]) -> dict[str, list[str]]:
    """Return the texts by name.

    A field without a charset is in the one that the field `_charset_` names, else in UTF-8. Raises
    `ServiceError` 613 for an unknown charset.
    """
    named = [each.value.decode("ascii", "replace").strip() for each in fields if each.name == _DEFAULT]
    default = next(filter(None, named), "utf-8")
    texts: dict[str, list[str]] = {}
    for each in fields:
        texts.setdefault(each.name, []).append(_decode(each.value, each.charset or default))
    return texts


def _decode(value: bytes, charset: str) -> str:
    codec = normalize_encoding(charset).lower()
    try:
        if codec in _KNOWN:
            return value.decode(codec, "replace")
    except LookupError:  # a codec of the interpreter's that makes no text
        pass
    raise ServiceError(UNKNOWN_CHARSET, name=charset[:_SHOWN_MAX])
