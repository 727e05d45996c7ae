"""What makes a push the same one: all that decides which rows are sent where, and in which pieces."""

from collections.abc import Mapping
from pathlib import Path

from leadline.client.errors import PushError
from leadline.client.options import PushOptions

_FILE = "content of the file"


def fingerprint_of(
    options: PushOptions, address: str, sha256: str, mapping: str, format_name: str, encoding: str
) -> dict[str, str]:
    """Return the parts of a push that must stay as they are, by the words that a person has for them.

    `mapping` is the fingerprint of how columns become fields, `sha256` that of the file.
    """
    target = options.target
    parts = {
        _FILE: sha256,
        "server": address,
        "kind": target.kind.value,
        "lookup field": target.lookup_field,
        "list": target.list_id,
        "partition": target.partition,
        "program": target.program_id,
        "status": target.status,
        "object": target.object_name,
        "format": format_name,
        "encoding": encoding,
        "mapping of columns": mapping,
        "size of pieces": options.pace.piece_mb,
        "order": options.order.value,
    }
    return {name: str(value) for name, value in parts.items() if value is not None}


def same_push(
    manifest: Path, file: Path, then: Mapping[str, str], now: Mapping[str, str], *, name: str
) -> None:
    """Refuse to go on where something is not as it was; raises `PushError`.

    `name` is that of the file which the manifest tells of; it may be another one by now.
    """
    changed = [name for name in dict.fromkeys((*then, *now)) if then.get(name) != now.get(name)]
    if not changed:
        return
    if changed == [_FILE] and name != file.name:
        raise PushError(
            f"The manifest {manifest} is of another file, {name}: name another --manifest, or begin anew "
            "with --restart."
        )
    if changed == [_FILE]:
        raise PushError(
            f"{file} has changed since its push began, as {manifest} tells. Bring the file back, or begin "
            "anew with --restart: rows that were sent are sent again then."
        )
    others = [name for name in changed if name != _FILE]
    raise PushError(
        f"The manifest {manifest} is of another push: it differs in {', '.join(others)}. Run the command as "
        "before, name another --manifest, or begin anew with --restart."
    )
