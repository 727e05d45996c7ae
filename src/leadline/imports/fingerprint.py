"""What tells two requests apart: the kind of import, its target, its parameters, and the bytes of its file.

Neither the token, the file's name nor the key of the request counts. A parameter that is left out is
its default, and names compare as they do elsewhere: without case.
"""

import hashlib
import json

from leadline.imports.requests import DEFAULT_LOOKUP, ParsedForm
from leadline.model.jobs import JobKind


def fingerprint_of(form: ParsedForm, file_sha256: str) -> str:
    """Return the SHA-256 of a request, in hexadecimal digits."""
    lookup = (form.lookup_field or DEFAULT_LOOKUP) if form.kind is JobKind.LEAD else None
    target = form.program_id if form.kind is JobKind.MEMBER else _folded(form.target)
    return digest_of(
        form.kind.value,
        target,
        form.file_format.value,
        _folded(lookup),
        form.list_id,
        _folded(form.partition_name),
        _folded(form.member_status),
        file_sha256,
    )


def digest_of(*parts: str | int | bool | None) -> str:
    """Return the SHA-256 of what was asked for, part by part; different parts never give the same text."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _folded(name: str | None) -> str | None:
    return None if name is None else name.lower()
