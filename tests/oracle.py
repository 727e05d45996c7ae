"""A lead import in plain Python, row by row: what the engine must equal.

Nothing of the engine is used here. Records are dictionaries of stored values by column:
instants as epoch seconds, currency as counts of 1/10000, booleans as 0 and 1.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from leadline.config import Rules
from leadline.schema.catalog import Field, ObjectType

Record = dict[str, object]
NOW = 2_000_000_000
BLANKS = " \t\r\n"
FIRST_INSTANT, LAST_INSTANT = -62_135_596_800, 253_402_300_799
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL = re.compile(rf"{ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})+")
MOMENT = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    r"([T ](?P<h>\d\d):(?P<i>\d\d)(:(?P<s>\d\d)(\.\d+)?)?(?P<z>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
AMERICAN = re.compile(
    r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4}|\d\d)"
    r"( (?P<h>\d{1,2}):(?P<i>\d\d)(:(?P<s>\d\d))?( ?(?P<p>[AaPp][Mm]))?)?",
    re.ASCII,
)


@dataclass
class World:
    """The store as an import finds it, changed in place: people by id, and what surrounds them."""

    people: dict[int, Record]
    next_id: int
    partition: int | None = None
    open_partitions: frozenset[int] | None = None
    names: dict[int, str] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class RowResult:
    """What became of a row; `reason` of a failure, `warning` of a row that was imported."""

    row: int
    outcome: str
    id: int | None
    reason: str | None
    warning: str | None
    cells: list[str]


def records_of(text: str, delimiter: str) -> list[tuple[list[str], bool]]:
    """Split text into records of cells; False marks one whose quote is still open at the end."""
    records: list[tuple[list[str], bool]] = []
    at, size = 0, len(text)
    while at < size:
        start, cells, ended = at, [], False
        while not ended:
            cell = ""
            if at < size and text[at] == '"':
                at += 1
                while at < size and (text[at] != '"' or text[at + 1 : at + 2] == '"'):
                    cell += text[at]
                    at += 2 if text[at] == '"' else 1
                if at >= size:
                    return [*records, ([text[start:].rstrip("\r\n")], False)]
                at += 1
            while at < size and text[at] not in (delimiter, "\r", "\n"):
                cell += text[at]
                at += 1
            cells.append(cell)
            ended = at >= size or text[at] != delimiter
            at += 0 if ended else 1
        if start != at:
            records.append((cells, True))
        at += 2 if text[at : at + 2] == "\r\n" else 1
    return records


def moment(text: str, zone: str) -> tuple[date, int] | None:
    """Return the day as written and the instant, or None."""
    match = MOMENT.fullmatch(text) or AMERICAN.fullmatch(text)
    if match is None:
        return None
    part = match.groupdict()
    year, hour = int(part["y"]), int(part["h"] or 0)
    if len(part["y"]) == 2:
        year += 1900 if year >= 69 else 2000
    if part.get("p"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["p"].lower() == "pm" else 0)
    try:
        local = datetime(year, int(part["m"]), int(part["d"]), hour, int(part["i"] or 0), int(part["s"] or 0))
    except ValueError:
        return None
    offset = part.get("z")
    if not offset:
        seconds = (local - datetime(1970, 1, 1)) // timedelta(seconds=1)
        shift = local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
        assert shift is not None
        return local.date(), seconds - int(shift.total_seconds())
    away = timedelta()
    if offset != "Z":
        away = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        if away > timedelta(hours=14) or int(offset[-2:]) > 59:
            return None
    seconds = (local - datetime(1970, 1, 1)) // timedelta(seconds=1)
    return local.date(), seconds - int((-away if offset[0] == "-" else away).total_seconds())


def read(kind: str, text: str, zone: str) -> object:
    """Return the stored value of a cell, None when it is not of its kind."""
    bare = text.strip(BLANKS)
    if "\0" in text:
        return None
    if kind in ("text", "email"):
        return text if kind == "text" else bare
    if kind in ("integer", "percent"):
        bare = bare.removesuffix("%") if kind == "percent" else bare
        bare = bare.strip(BLANKS)
        return int(bare) if re.fullmatch(r"[+-]?[0-9]+", bare) and -(2**63) <= int(bare) < 2**63 else None
    if kind == "boolean":
        words = {"true": 1, "1": 1, "yes": 1, "t": 1, "y": 1, "false": 0, "0": 0, "no": 0, "f": 0, "n": 0}
        return words.get(bare.lower())
    if kind in ("date", "datetime"):
        found = moment(bare, zone)
        if found is None or kind == "date":
            return None if found is None else found[0].isoformat()
        return found[1] if FIRST_INSTANT <= found[1] <= LAST_INSTANT else None
    if not NUMBER.fullmatch(bare):
        return None
    if kind == "float":
        return float(bare) if abs(float(bare)) != float("inf") else None
    amount = Decimal(bare)
    if amount and amount.adjusted() < -40:
        return 0
    if amount.adjusted() > 20 or abs(int(amount)) >= 900_000_000_000_000:
        return None
    return int((amount * 10_000).quantize(Decimal(1), ROUND_HALF_UP))


def fold(value: object) -> object:
    """Return the form in which keys compare."""
    return value.lower() if isinstance(value, str) else value


@dataclass
class Import:
    """One import, and how its rows are judged."""

    lead: ObjectType
    lookup: Field
    rules: Rules
    header: list[str]
    world: World

    def run(self, records: list[tuple[list[str], bool]]) -> list[RowResult]:
        """Import all rows in file order."""
        return [self.one(number, *record) for number, record in enumerate(records, 1)]

    def one(self, row: int, raw: list[str], closed: bool) -> RowResult:
        """Import one row."""
        width = len(self.header)
        cells = (raw + [""] * width)[:width]
        if not closed:
            return RowResult(row, "failed", None, "Invalid row format", None, cells)
        reasons, warnings, writes = self.judge_cells(cells)
        long = any(cell != "" for cell in raw[width:])
        if long and self.rules.long_rows != "ignore":
            (reasons if self.rules.long_rows == "fail" else warnings).append(
                "Row has more values than the header"
            )
        if reasons:
            return RowResult(row, "failed", None, reasons[0], None, cells)
        key = writes.pop("id") if self.lookup.column == "id" else writes[self.lookup.column]
        matches = [
            each for each, person in self.world.people.items() if self.key_of(each, person) == fold(key)
        ]
        reason = self.judge_match(matches, writes)
        if reason:
            return RowResult(row, "failed", None, reason, None, cells)
        warning = warnings[0] if warnings else None
        if len(matches) > 1:
            matches = [max(matches, key=lambda each: (self.world.people[each]["updated_at"], each))]
        return RowResult(row, *self.write(matches, writes), None, warning, cells)

    def key_of(self, lead_id: int, person: Record) -> object:
        """Return a person's key."""
        return lead_id if self.lookup.column == "id" else fold(person.get(self.lookup.column))

    def judge_cells(self, cells: list[str]) -> tuple[list[str], list[str], Record]:
        """Return reasons, warnings and the values that a row writes."""
        reasons, warnings, writes = [], [], {}
        missing = f"Value for lookup field '{self.lookup.name}' not found"
        fields = [self.lead.field(name) if name else None for name in self.header]
        if self.lookup not in fields:
            reasons.append(missing)
        for each, text in zip(fields, cells, strict=True):
            if each is None or (each is not self.lookup and (each.read_only or each.system)):
                continue
            kind = each.type.cell.value
            blank = (text if kind == "text" else text.strip(BLANKS)) == ""
            if blank or text.lower() == "null":
                if each is self.lookup:
                    reasons.append(missing)
                if not each.link and (not blank or self.rules.blank_cells == "clear"):
                    writes[each.column] = 0 if kind == "boolean" else None
                continue
            value = read(kind, text, self.rules.time_zone)
            if value is None:
                reasons.append(f"Invalid data type in field {each.display_name}")
                continue
            if kind in ("text", "email"):
                short = self.shortened(each, str(value))
                if kind == "email" and not EMAIL.fullmatch(short):
                    warnings.append("Invalid email address")
                if short != value:
                    complaints = reasons if self.rules.overlong == "fail" else warnings
                    complaints.append(f"Value too long in field {each.display_name}")
                value = short
            writes[each.column] = value
        return reasons, warnings, writes

    @staticmethod
    def shortened(each: Field, value: str) -> str:
        """Return what of a text fits its field."""
        value = value[: each.length] if each.length is not None else value
        limit = each.type.bytes_max
        return value if limit is None else value.encode()[:limit].decode("utf-8", "ignore")

    def judge_match(self, matches: list[int], writes: Record) -> str | None:
        """Return why the record may not be written, and point links at their targets."""
        world = self.world
        if not matches and self.lookup.column == "id":
            return "Lead not found"
        if len(matches) > 1 and self.rules.multiple_matches == "fail":
            return "Multiple leads match the lookup criteria"
        newest = max(matches, key=lambda each: (world.people[each]["updated_at"], each), default=None)
        partition = world.people[newest]["partition_id"] if newest is not None else None
        if partition is not None:
            assert isinstance(partition, int)
            if world.open_partitions is not None and partition not in world.open_partitions:
                return f"Access denied to partition '{world.names[partition]}'"
            if world.partition is not None and partition != world.partition:
                return "Partition update not allowed"
        for name in self.header:
            each = self.lead.field(name)
            if each and each.link and writes.get(each.column) is not None:
                target = world.links[each.column].get(str(writes[each.column]).lower())
                if target is None:
                    return (
                        f"External{'Company' if each.link.table == 'company' else 'SalesPerson'}ID not found"
                    )
                writes[each.column] = target
        return None

    def write(self, matches: list[int], writes: Record) -> tuple[str, int]:
        """Write a row to its record; returns outcome and id."""
        world = self.world
        if matches:
            lead_id, person = matches[0], world.people[matches[0]]
        else:
            lead_id, world.next_id = world.next_id, world.next_id + 1
            person = {each.column: each.default for each in self.lead.fields if each.default is not None}
            person = {
                name: int(value) if isinstance(value, bool) else value for name, value in person.items()
            }
            person |= {"partition_id": world.partition or 1, "updated_at": NOW}
            world.people[lead_id] = person
        linked = writes.get("f_externalcompanyid", person.get("f_externalcompanyid")) is not None
        company = {each.column for each in self.lead.fields if each.company}
        writes = {name: value for name, value in writes.items() if not (linked and name in company)}
        changed = any(person.get(name) != value for name, value in writes.items())
        person.update(writes)
        if changed:
            person["updated_at"] = NOW
        return ("created" if not matches else "updated" if changed else "unchanged"), lead_id
