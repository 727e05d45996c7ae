"""The CSV files that subscriptions of a sandbox begin with, imported as a client's would be.

`leads.csv` holds leads, `members-1001.csv` members of that program with their `status`, and any other
file records of the custom object that it is named after.
"""

import csv
import io
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from leadline.api.bulk_kinds import KINDS
from leadline.api.call import Services
from leadline.errors import OperatorError, ServiceError
from leadline.imports.requests import ImportForm
from leadline.model.counted import counted
from leadline.sandbox.subscription import SandboxSubscription

_LEADS, _MEMBERS, _OBJECTS = (each.kind for each in KINDS)
_OF_PROGRAM = re.compile(r"members-(\d+)")
_PAUSE_SECONDS = 0.005
_STATUS = "status"


def read_seed(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, by their paths; raises `OperatorError` for one that cannot be read."""
    try:
        return {str(file): file.read_bytes() for file in folder.iterdir() if file.suffix == ".csv"}
    except OSError as error:
        raise OperatorError(f"{error.filename} cannot be read: {error.strerror}.") from error


def plant_seed(services: Services, subscription: SandboxSubscription, files: Mapping[str, bytes]) -> None:
    """Import files, by their names, into a subscription; raises `OperatorError` unless each row is taken.

    Leads come first, then members. Custom objects may link to each other, so a file whose rows fail
    is tried again behind the others.
    """
    if not files:
        raise OperatorError("The seed has no file. Name them leads.csv, members-1001.csv, car_c.csv.")
    planter = _Planter(services, subscription)
    names = sorted(files, key=_place)
    while names:
        faults = {name: fault for name in names if (fault := planter.plant(name, files[name])) is not None}
        if len(faults) == len(names):
            raise OperatorError(" ".join(faults.values()))
        names = list(faults)


def _place(name: str) -> tuple[int, str]:
    stem = Path(name).stem
    return (0 if stem == "leads" else 1 if _OF_PROGRAM.fullmatch(stem) else 2), name


class _Planter:
    """Imports files, one after the other, with the first credential of a subscription."""

    def __init__(self, services: Services, subscription: SandboxSubscription) -> None:
        login = subscription.logins[0]
        grant = services.tokens.grant(login.client_id, login.client_secret)
        assert grant is not None, "the credential was made just now"
        self._services = services
        self._caller = services.tokens.identify(grant.token)

    def plant(self, name: str, content: bytes) -> str | None:
        """Import a file; return a sentence that says what is wrong with it, or None."""
        part = name
        try:
            for form in _forms(Path(name).stem, content):
                part = f"{name}, status '{form.member_status}'" if form.member_status else part
                reasons = self._failures(form)
                if reasons:
                    failing = counted(len(reasons), "row fails", "rows fail")
                    return f"{part}: {failing}, the first with: {reasons[0]}."
        except UnicodeDecodeError:
            return f"{part}: it is no text in UTF-8."
        except (ServiceError, ValueError) as error:
            return f"{part}: {str(error).rstrip('.')}."
        return None

    def _failures(self, form: ImportForm) -> list[str]:
        """Import to the end; return why rows failed, or why nothing was imported."""
        services = self._services
        job = services.submissions.submit(self._caller, form).job
        while not job.finished:
            threading.Event().wait(_PAUSE_SECONDS)
            job = services.jobs.one(self._caller, job.batch_id)
        ledger = services.job_files.ledger(self._caller, job.batch_id)
        text = b"".join(ledger.pieces if ledger else ()).decode()
        failed = [row["reason"] for row in csv.DictReader(io.StringIO(text)) if row["outcome"] == "failed"]
        return failed or ([] if job.processed else [str(job.message)])


def _forms(stem: str, content: bytes) -> Iterator[ImportForm]:
    """Yield what to import: a file as it is, one of members parted by their status."""
    program = _OF_PROGRAM.fullmatch(stem)
    if program is None:
        kind, target = (_LEADS, None) if stem == "leads" else (_OBJECTS, stem)
        yield ImportForm(kind, io.BytesIO(content), len(content), "csv", target)
        return
    for status, part in _by_status(content.decode("utf-8-sig")).items():
        yield ImportForm(_MEMBERS, io.BytesIO(part), len(part), "csv", program[1], member_status=status)


def _by_status(text: str) -> dict[str, bytes]:
    """Part a file of members by their status; raises `ValueError` where it has no such column."""
    header, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)] or [[]]
    places = [place for place, name in enumerate(header) if name.strip().lower() == _STATUS]
    if len(places) != 1 or not rows:
        raise ValueError("a file of members has rows, and one column status that says what they become")
    parts: dict[str, io.StringIO] = {}
    for row in rows:
        status = row[places[0]].strip() if len(row) > places[0] else ""
        if status not in parts:
            parts[status] = io.StringIO(newline="")
            csv.writer(parts[status]).writerow(_without(header, places[0]))
        csv.writer(parts[status]).writerow(_without(row, places[0]))
    return {status: part.getvalue().encode() for status, part in parts.items()}


def _without(row: list[str], place: int) -> list[str]:
    return [*row[:place], *row[place + 1 :]]
