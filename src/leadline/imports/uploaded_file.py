"""What is found out about a file before it is kept: can it be imported, and what is in it?"""

from dataclasses import replace
from itertools import chain
from typing import IO

from leadline.engine.encoding import FileBytes, read_through
from leadline.engine.header import Header, detect_encoding, plan_columns, read_header
from leadline.errors import NOT_TEXT, ServiceError
from leadline.imports.requests import CheckedForm, ParsedForm
from leadline.model.callers import Caller
from leadline.model.jobs import JobKind, Origin
from leadline.source_file.file_kinds import HEAD_BYTES, kind_of

_BLOCK_BYTES = 1024 * 1024


def check_header(file: IO[bytes], checked: CheckedForm) -> Header:
    """Read the header and match it to fields; a custom object ignores columns it does not know."""
    file.seek(0)
    kind = kind_of(file.read(HEAD_BYTES))
    if kind is not None:
        raise ServiceError(NOT_TEXT, kind=kind.name, cure=kind.cure)
    file.seek(0)
    request = checked.request
    header = read_header(iter(lambda: file.read(_BLOCK_BYTES), b""), request.file_format)
    ignores = request.rules.unknown_columns == "ignore" or request.kind is JobKind.OBJECT
    plan_columns(header, checked.object_type, checked.key, ignore_unknown=ignores, beside=checked.beside)
    return header


def look_through(wanted: ParsedForm) -> FileBytes:
    """Return what was found in a file while it came; one that came otherwise is looked through now.

    So no worker must do that before its first row, and nobody within a writer's turn.
    """
    if wanted.seen is not None:
        return wanted.seen
    file = wanted.file
    file.seek(0)
    blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
    head = next(blocks, b"")
    return read_through(chain([head], blocks), detect_encoding(head))


def origin_of(caller: Caller, wanted: ParsedForm, seen: FileBytes, fingerprint: str) -> Origin:
    """Return who asks for something to be done with a file, and which file it is."""
    return replace(
        Origin.of(caller), file_name=wanted.file_name, file_sha256=seen.sha256, fingerprint=fingerprint
    )
