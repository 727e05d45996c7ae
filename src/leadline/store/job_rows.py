"""What a row of the table of jobs means."""

import json
from dataclasses import fields
from typing import Any

from leadline.model.callers import PartitionScope
from leadline.model.jobs import FileFormat, ImportRequest, Job, Origin, Purpose, Status
from leadline.model.listed_jobs import ShownJob
from leadline.model.rules import read_rules
from leadline.store.base import Row

_MEMBERS = tuple(each.name for each in fields(Job))


def job_of(row: Row) -> Job:
    """Return the job that a row with the `job_columns` describes."""
    opened = row["open_partitions"]
    request = ImportRequest(
        object_type=row["object_type"],
        file_format=FileFormat(row["format"]),
        key=row["lookup_field"],
        list_id=row["list_id"],
        program_id=row["program_id"],
        program_status=row["program_status"],
        rules=read_rules(row["rules"]),
        partition_scope=PartitionScope(
            row["partition_id"],
            bool(row["partition_fixed"]),
            None if opened is None else frozenset(json.loads(opened)),
        ),
    )
    named: dict[str, Any] = {
        "request": request,
        "has_slashes": bool(row["has_slashes"]),
        "origin": origin_of(row),
        "purpose": Purpose(
            row["undoes"], bool(row["refuses_conflicts"]), row["applies"], bool(row["accepts_drift"])
        ),
    }
    read = progress_of(row) | named
    return Job(**{name: read[name] for name in _MEMBERS})


def progress_of(row: Row) -> Row:
    """Return a row with its `progress_columns` as a `Job` has them."""
    return row | {
        "status": Status(row["status"]),
        "day_first": frozenset(json.loads(row["day_first"])),
        "cancelled": bool(row["cancelled"]),
    }


def shown_of(row: Row) -> ShownJob:
    """Return the job that a row describes, with what other jobs say of it."""
    return ShownJob(job_of(row), row["same_file_as"], row["undone_by"], bool(row["changed_records"]))


def origin_of(row: Row) -> Origin:
    """Return who asked for what a row describes, a job or a preview, and with which file."""
    return Origin(
        client_id=row["client_id"],
        credential=row["credential"],
        user=row["user_name"],
        file_name=row["file_name"],
        file_sha256=row["file_sha256"],
        fingerprint=row["fingerprint"],
    )
