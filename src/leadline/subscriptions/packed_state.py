"""The state of a subscription as a file to be kept elsewhere: a line of JSON, then the store, compressed.

The line says which program made the file, and the checksum of what follows.
"""

import hashlib
import json
import zlib

from leadline import __version__
from leadline.errors import OperatorError

_UNPACKED_BYTES_MAX = 1 << 30
_DAMAGED = "The file is damaged, or something was changed in it: export it anew."


def pack(store: bytes, store_format: int) -> bytes:
    """Return the file of a store of a format."""
    body = zlib.compress(store, 1)
    head = {"leadline": __version__, "format": store_format, "sha256": _checksum(body)}
    return json.dumps(head).encode() + b"\n" + body


def unpack(file: bytes, store_format: int) -> bytes:
    """Return the store of a file; raises `OperatorError` for what this program has not packed as it is."""
    head, _, body = file.partition(b"\n")
    try:
        said = json.loads(head)
        version, made_with, checksum = said["leadline"], said["format"], said.get("sha256")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise OperatorError("This is no file that an export gave.") from None
    if (version, made_with) != (__version__, store_format):
        raise OperatorError(
            f"The file was exported by Leadline {version!s:.100} with the store's format {made_with!s:.100}; "
            f"this is {__version__} with {store_format}. Export it anew with this version."
        )
    if checksum != _checksum(body):
        raise OperatorError(_DAMAGED)
    unpacker = zlib.decompressobj()
    try:
        store = unpacker.decompress(body, _UNPACKED_BYTES_MAX)
    except zlib.error:
        raise OperatorError(_DAMAGED) from None
    if not unpacker.eof:
        raise OperatorError(f"The file holds more than {_UNPACKED_BYTES_MAX} bytes.")
    return store


def _checksum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
