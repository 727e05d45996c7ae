"""A subscription with fields of all types, imports of the three kinds into it, and what the oracle says of them."""

import codecs
import csv
import io
from dataclasses import dataclass, field
from typing import Any

from leadline import clock
from leadline.model import instants
from leadline.model.jobs import FileFormat
from leadline.model.rules import Rules
from leadline.schema.accounts import company_type
from leadline.schema.catalog import Field, ObjectType, custom_field
from leadline.schema.leads import lead_type
from leadline.schema.members import member_type
from leadline.schema.object_links import Linkable, build_type
from leadline.schema.objects import ObjectDefinition
from tests.contract.api.world import STATUSES
from tests.harness import Server, subscription
from tests.oracle import Import, Record, RowResult, World, lines_of
from tests.oracle_cells import are_shifted, complete_rows, records_of, split_header
from tests.oracle_kinds import MemberImport, ObjectImport, Target

OF_OBJECTS = [
    "string",
    "integer",
    "float",
    "boolean",
    "currency",
    "date",
    "datetime",
    "email",
    "phone",
    "text",
]
OF_LEADS = [*OF_OBJECTS, "percent", "score", "url"]


def fields_of(prefix: str, types: list[str]) -> list[dict[str, Any]]:
    """Return a field definition for each type, named after it."""
    return [
        {"name": f"{prefix}_{each}", "displayName": f"{prefix.title()} {each}", "dataType": each}
        for each in types
    ]


def object_of(name: str, dedupe: list[str], *fields: dict[str, Any]) -> dict[str, Any]:
    """Return the definition of a custom object."""
    return {"apiName": name, "displayName": name.title(), "dedupeFields": dedupe, "fields": list(fields)}


ROW_C = object_of(
    "row_c",
    ["email"],
    {"name": "email", "displayName": "Email Address", "dataType": "email"},
    {"name": "lastName", "displayName": "Last Name", "dataType": "string"},
    {"name": "leadScore", "displayName": "Lead Score", "dataType": "integer"},
    {"name": "boss", "displayName": "Boss", "dataType": "link"}
    | {"relatedTo": {"name": "row_c", "field": "email"}},
)
OWNER = {"name": "owner", "displayName": "Owner", "dataType": "link"}
THING_C = object_of(
    "thing_c",
    ["t_string", "t_integer"],
    *fields_of("t", OF_OBJECTS),
    OWNER | {"relatedTo": {"name": "Lead", "field": "email"}},
)
LEAD_FIELDS, MEMBER_FIELDS = fields_of("l", OF_LEADS), fields_of("m", OF_LEADS)
DOCUMENT = subscription(
    lead_fields=LEAD_FIELDS,
    program_member_fields=MEMBER_FIELDS,
    custom_objects=[ROW_C, THING_C],
    channels=[{"name": "Webinar", "statuses": STATUSES}],
    programs=[{"id": 1001, "name": "Spring", "channel": "Webinar"}],
)
STEPS = {each["name"]: each["step"] for each in STATUSES}


def _custom(definitions: list[dict[str, Any]]) -> tuple[Field, ...]:
    return tuple(custom_field(each["name"], each["displayName"], each["dataType"]) for each in definitions)


LEAD, MEMBER = lead_type(_custom(LEAD_FIELDS)), member_type(_custom(MEMBER_FIELDS))


def object_type(definition: dict[str, Any]) -> ObjectType:
    """Return the object type of a definition."""
    objects = {n: ObjectDefinition.model_validate(each) for n, each in enumerate((ROW_C, THING_C), 1)}
    number = 1 if definition is ROW_C else 2
    return build_type(number, objects[number], Linkable((LEAD, company_type()), objects))


@dataclass(frozen=True)
class Upload:
    """A file, its format, and into what it is imported: `lead`, `member` or an object's name."""

    name: str
    file: bytes
    format: FileFormat = FileFormat.CSV
    into: str = "lead"
    status: str = "Invited"

    @property
    def create(self) -> str:
        """The path that creates the job."""
        if self.into == "lead":
            return "/bulk/v1/leads.json"
        if self.into == "member":
            return "/bulk/v1/program/1001/members/import.json"
        return f"/bulk/v1/customobjects/{self.into}/import.json"

    def batch(self, number: int) -> str:
        """The path below which the job's status and files are."""
        if self.into == "lead":
            return f"/bulk/v1/leads/batch/{number}"
        above = "program/members" if self.into == "member" else f"customobjects/{self.into}"
        return f"/bulk/v1/{above}/import/{number}"


@dataclass
class Answer:
    """All that is told of a file; `outcome` as the corpus writes it."""

    outcome: str
    warned: int = 0
    failures: str = ""
    warnings: str = ""
    ledger: list[list[str]] = field(default_factory=list)


def play(server: Server, uploads: list[Upload]) -> list[Answer]:
    """Import the files in their order; return what was told of each."""
    jobs = []
    for each in uploads:
        params = {"format": each.format.value, "programMemberStatus": each.status}
        files = {"file": ("f", each.file, "text/plain")}
        answer = server.call("POST", each.create, params=params, files=files)
        assert answer.status_code == 200, (each.name, answer.text[:200])
        jobs.append(answer.json())
    return [
        _answer(server, each, body["result"][0]["batchId"])
        if body["success"]
        else Answer(body["errors"][0]["code"])
        for each, body in zip(uploads, jobs, strict=True)
    ]


def _answer(server: Server, upload: Upload, number: int) -> Answer:
    batch = upload.batch(number)
    status = server.ended(number, lambda: server.get(f"{batch}/status.json")["result"][0])
    if status["status"] == "Failed":
        if status["message"].startswith("Import failed, each row has one value more than the header"):
            return Answer("shifted")
        assert " is not valid UTF-" in status["message"], (upload.name, status)
        place = status["message"].split(": ")[1].partition(" holds the first invalid byte")[0]
        return Answer(place.removeprefix("data "))
    done = status.get("numOfLeadsProcessed", status.get("numOfObjectsProcessed"))
    answer = Answer(f"{done}+{status['numOfRowsFailed']}", status["numOfRowsWithWarning"])
    for kind, rows in (("failures", status["numOfRowsFailed"]), ("warnings", answer.warned)):
        file = server.call("GET", f"{batch}/{kind}.json")
        assert file.status_code == (200 if rows else 404), (upload.name, kind, file.text[:200])
        setattr(answer, kind, file.content.decode() if rows else "")
    ledger = server.call("GET", f"/leadline/v1/jobs/{number}/ledger.csv").text
    answer.ledger = list(csv.reader(io.StringIO(ledger, newline="")))[1:]
    return answer


def undecodable_place(file: bytes, delimiter: str) -> str | None:
    """Return which row, or the header, holds the first byte that is not of the file's encoding."""
    is_utf16 = file.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    body = file if is_utf16 else file.removeprefix(codecs.BOM_UTF8)
    try:
        body.decode("utf-16" if is_utf16 else "utf-8")
    except UnicodeDecodeError as fault:
        valid = body[: fault.start].decode("utf-16" if is_utf16 else "utf-8")
    else:
        return None
    _, _, rest = split_header(valid, delimiter)
    return f"row {complete_rows(rest, delimiter) + 1}" if rest else "the header"


class Oracle:
    """What should become of files that are imported one after the other."""

    def __init__(self) -> None:
        self.leads = World(people={}, next_id=1, partition=None)
        self.objects = {name: World(people={}, next_id=1) for name in ("row_c", "thing_c")}
        self.members: dict[int, Record] = {}
        self._guids: dict[tuple[str, str], str] = {}

    def expect(self, upload: Upload) -> Answer:
        """Import a file whose creation is not refused."""
        delimiter = upload.format.delimiter
        if place := undecodable_place(upload.file, delimiter):
            return Answer(place)
        encoding = "utf-16" if upload.file.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
        header, names, rest = split_header(upload.file.decode(encoding), delimiter)
        rows = records_of(rest, delimiter)
        if are_shifted(rows, len(names)):
            return Answer("shifted")
        results = self._import(upload, names).run(rows)
        failed = [each for each in results if each.reason is not None]
        warned = [each for each in results if each.warning is not None]

        def file(rows: list[RowResult], told: str, column: str) -> str:
            return f"{header}{delimiter}{column}\n{lines_of(rows, delimiter, told)}" if rows else ""

        ledger = [
            [str(each.row), each.outcome, str(each.id or ""), each.reason or each.warning or ""]
            for each in results
        ]
        return Answer(
            f"{len(results) - len(failed)}+{len(failed)}",
            len(warned),
            file(failed, "reason", "Import Failure Reason"),
            file(warned, "warning", "Import Warning Reason"),
            ledger,
        )

    def _import(self, upload: Upload, names: list[str]) -> Import:
        email = LEAD.field("email")
        assert email is not None
        today = instants.local_day(clock.now_ms() // 1000, Rules().time_zone)
        if upload.into == "lead":
            return Import(LEAD, email, Rules(), names, self.leads, today)
        if upload.into == "member":
            target = Target(upload.status, upload.status == "Attended", STEPS, self.members)
            return MemberImport(LEAD, email, Rules(), names, self.leads, today, member=MEMBER, target=target)
        kind = object_type(ROW_C if upload.into == "row_c" else THING_C)
        world = self.objects[upload.into]
        known = [person.get("f_email") for person in self.leads.people.values()]
        world.links["f_owner"] = {str(each).lower(): each for each in known if each is not None}
        return ObjectImport(kind, kind.fields[0], Rules(), names, world, today)

    def number_guids(self, into: str, answer: Answer) -> Answer:
        """Put the numbers of the oracle in place of an object's random ids, in the order of their coming."""
        for line in answer.ledger if into not in ("lead", "member") else []:
            if line[2]:
                count = sum(name == into for name, _ in self._guids)
                line[2] = self._guids.setdefault((into, line[2]), str(count + 1))
        return answer

    def guids(self, into: str) -> dict[int, str]:
        """Return the random id of each of the oracle's numbers."""
        return {int(number): guid for (name, guid), number in self._guids.items() if name == into}
