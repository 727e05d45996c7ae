"""What a row of the table of previews means."""

import json
from typing import Any

from leadline.model.callers import PartitionScope
from leadline.model.jobs import FileFormat, ImportRequest
from leadline.model.previews import NewPreview, Preview, PreviewedFile, PreviewKind, PreviewStatus
from leadline.model.rules import read_rules
from leadline.store.base import Row
from leadline.store.job_rows import origin_of


def request_as_json(request: ImportRequest) -> str:
    """Return what was asked for as a text that `request_of` reads."""
    scope = request.partition_scope
    return json.dumps(
        {
            "object_type": request.object_type,
            "format": request.file_format.value,
            "key": request.key,
            "list_id": request.list_id,
            "program_id": request.program_id,
            "program_status": request.program_status,
            "rules": request.rules.model_dump_json(),
            "home": scope.home,
            "named": scope.named,
            "opened": None if scope.opened is None else sorted(scope.opened),
        }
    )


def request_of(text: str) -> ImportRequest:
    """Return what was asked for."""
    kept: dict[str, Any] = json.loads(text)
    opened = kept["opened"]
    return ImportRequest(
        object_type=kept["object_type"],
        file_format=FileFormat(kept["format"]),
        key=kept["key"],
        list_id=kept["list_id"],
        program_id=kept["program_id"],
        program_status=kept["program_status"],
        rules=read_rules(kept["rules"]),
        partition_scope=PartitionScope(
            kept["home"], kept["named"], None if opened is None else frozenset(opened)
        ),
    )


def preview_of(row: Row) -> Preview:
    """Return the preview that a row with the `preview_columns` describes."""
    wanted = NewPreview(
        PreviewKind(row["kind"]),
        request_of(row["request"]),
        origin_of(row),
        _file_of(row) if row["upload"] is not None else None,
        row["undoes"],
        bool(row["refuses_conflicts"]),
    )
    own = ("preview_id", "token", "attempt", "result", "message", "batch_id", "created_at", "finished_at")
    return Preview(wanted=wanted, status=PreviewStatus(row["status"]), **{name: row[name] for name in own})


def _file_of(row: Row) -> PreviewedFile:
    return PreviewedFile(
        header=bytes(row["header"]).decode(),
        upload=row["upload"],
        file_bytes=row["file_bytes"],
        issue_bytes=row["issue_bytes"],
        invalid_from=row["invalid_from"],
        has_slashes=bool(row["has_slashes"]),
    )
