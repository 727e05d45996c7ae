"""A lead import in plain Python, row by row: what the engine must equal.

Nothing of the engine is used here. Records are dictionaries of stored values by column:
instants as epoch seconds, currency as counts of 1/10000, booleans as 0 and 1.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from leadline.model.rules import Rules
from leadline.schema.catalog import Field, ObjectType
from tests.oracle_cells import BLANKS, EMAIL, UNSEEN, Row, day_first_turned, fits_both, fold, quoted, read
from tests.oracle_log import Log

Record = dict[str, object]

NOW = 2_000_000_000
TODAY = date(2026, 11, 28)
"""The day on which files are made that come to no server."""
REASONS = ("import failure reason", "import warning reason")
PADDED_CELLS_MAX = 100
NOTE = re.compile(r"[0-9]+ more rows are not listed")
EXPORT_END = re.compile(
    r"\(\d+ rows?( affected)?\)|\(\d+ row\(s\) affected\)|\d+ rows? selected\.?|\d+ record\(s\) selected\.?"
    r"|\d+ rows? in set( \([0-9.]+ sec\))?|\\\.",
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
    links: dict[str, dict[object, object]] = field(default_factory=dict)


@dataclass
class RowResult:
    """What became of a row; `reason` of a failure, `warning` of a row that was imported."""

    row: int
    outcome: str
    id: int | None
    reason: str | None
    warning: str | None
    cells: list[str]


def lines_of(results: list[RowResult], delimiter: str, told: str) -> str:
    """Return failure or warning lines as §7.2 lays them out; `told` is `reason` or `warning`."""
    rows = [[*each.cells, getattr(each, told)] for each in results if getattr(each, told) is not None]
    return "".join(delimiter.join(quoted(cell, delimiter) for cell in row) + "\n" for row in rows)


@dataclass
class Import:
    """One import, and how its rows are judged."""

    lead: ObjectType
    lookup: Field
    rules: Rules
    header: list[str]
    world: World
    today: date = TODAY

    def run(self, rows: list[Row]) -> list[RowResult]:
        """Look at all rows for dates day first, then import them in file order."""
        rows = [row for row in rows if not (row.closed and self.is_note(row.cells))]
        self.day_first = {
            place
            for place, name in enumerate(self.header)
            if (each := self.field(name)) and each.type.cell.value in ("date", "datetime")
            for cells, closed, _ in rows
            if closed and place < len(cells)
            if self.value_of(each, day_first_turned(cells[place])) is not None
        }
        first = next((len(row.cells) for row in rows if row.closed), 0)
        self.log = Log()
        return [self.one(number, row, first) for number, row in enumerate(rows, 1)]

    def one(self, number: int, row: Row, first_width: int) -> RowResult:
        """Import one row."""
        self.row, width = number, len(self.header)
        if not row.closed:
            return RowResult(number, "failed", None, "Invalid row format", None, self.shown(row.cells[0]))
        lacks_many = len(row.cells) < width - PADDED_CELLS_MAX
        is_sent_again = any(name.lower() in REASONS for name in self.header)
        own = [*row.cells[:-1], ""] if lacks_many and is_sent_again else row.cells
        cells = (own + [""] * width)[:width]
        given_back = own if lacks_many else cells
        if no_record := self.no_record(cells):
            return RowResult(number, "failed", None, no_record, None, given_back)
        reasons, warnings, writes = self.judge_cells(cells)
        warnings += ["Quotes inside a value"] if row.stray and self.rules.inner_quotes == "warn" else []
        loses = any(cell.strip(BLANKS) for cell in row.cells[width:])
        differs = len(row.cells) not in (width, first_width)
        if self.rules.long_rows != "ignore" and (loses or differs):
            more = "more" if len(row.cells) > width else "fewer"
            fails = loses and self.rules.long_rows == "fail"
            (reasons if fails else warnings).append(f"Row has {more} values than the header")
        if reasons:
            return RowResult(number, "failed", None, reasons[0], None, given_back)
        matches = self.find(writes)
        reason = self.judge_match(matches, writes)
        if reason:
            return RowResult(number, "failed", None, reason, None, given_back)
        warning = warnings[0] if warnings else None
        if len(matches) > 1:
            matches = [max(matches, key=lambda each: (self.world.people[each]["updated_at"], each))]
        return RowResult(number, *self.write(matches, writes), None, warning, given_back)

    def is_note(self, cells: list[str]) -> bool:
        """Tell whether a line says no more than how many rows a failure or warning file does not list."""
        bare = [
            ""
            if place < len(self.header) and self.header[place].lower() in REASONS and NOTE.fullmatch(cell)
            else cell.strip(BLANKS + "\x1a")
            for place, cell in enumerate(cells)
        ]
        return not any(bare)

    def no_record(self, cells: list[str]) -> str | None:
        """Return why a row is no record whatever its cells mean."""
        bare = [cells[0].lstrip("\ufeff\x1a").strip('"'), *cells[1:]]
        pairs = [(name.lower(), cell.lower()) for name, cell in zip(self.header, bare, strict=True)]
        pairs = [pair for pair in pairs if pair[0] not in REASONS]
        if any(name.strip(BLANKS) for name, _ in pairs) and all(name == cell for name, cell in pairs):
            return "Header repeated"
        own = [cell for name, cell in zip(self.header, cells, strict=True) if name.lower() not in REASONS]
        if len(own) > 1 and not any(own[1:]) and EXPORT_END.fullmatch(own[0]):
            return "Row is no record"
        if len(own) > 1 and all(len(cell) > 1 and not cell.strip("-") for cell in own):
            return "Row is no record"
        return None

    def value_of(self, each: Field, text: str) -> object:
        """Read a cell."""
        past = each.name == "dateOfBirth"
        return read(each.type.cell.value, text, self.rules.time_zone, self.today, past=past)

    @property
    def keys(self) -> tuple[Field, ...]:
        """The fields that find a record."""
        return (self.lookup,)

    @property
    def missing(self) -> str:
        """What is wrong with a row without a key."""
        return f"Value for lookup field '{self.lookup.name}' not found"

    def field(self, name: str) -> Field | None:
        """Return the field that a column of the file is, None when it is ignored."""
        each = self.lead.field(name) if name else None
        return each if each in self.keys or (each and not (each.read_only or each.system)) else None

    def shown(self, text: str) -> list[str]:
        """Return the cells of a row that cannot be read: its text where no key stands."""
        place = next((at for at, name in enumerate(self.header) if self.field(name) not in self.keys), 0)
        missing = len(self.header) - place - 1
        return [""] * place + [text] + [""] * (missing if missing <= PADDED_CELLS_MAX else 0)

    def find(self, writes: Record) -> list[int]:
        """Return the records that a row's key finds."""
        key = writes.pop("id") if self.lookup.column == "id" else writes[self.lookup.column]
        wanted = fold(key, self.lookup.name)
        return [each for each, person in self.world.people.items() if self.key_of(each, person) == wanted]

    def key_of(self, lead_id: int, person: Record) -> object:
        """Return a person's key."""
        lookup = self.lookup
        return lead_id if lookup.column == "id" else fold(person.get(lookup.column), lookup.name)

    def judge_cells(self, cells: list[str]) -> tuple[list[str], list[str], Record]:
        """Return reasons, warnings and the values that a row writes."""
        reasons, warnings, writes = [], [], {}
        fields = [self.field(name) for name in self.header]
        if any(each not in fields for each in self.keys):
            reasons.append(self.missing)
        for place, (each, text) in enumerate(zip(fields, cells, strict=True)):
            if each is None:
                continue
            kind = each.type.cell.value
            bare = text if kind == "text" else text.strip(BLANKS)
            blank = bare.strip(UNSEEN if each in self.keys or each.link else "") == ""
            if blank or bare.lower() == "null":
                if each in self.keys:
                    reasons.append(self.missing)
                if (each.link is None or each.link.removable) and (
                    not blank or self.rules.blank_cells == "clear"
                ):
                    writes[each.column] = None
                continue
            value = self.value_of(each, text)
            if value is None:
                reasons.append(f"Invalid data type in field {each.display_name}")
                continue
            if kind in ("text", "email"):
                short = self.shortened(each, str(value))
                if kind == "email" and not EMAIL.fullmatch(short):
                    warnings.append("Invalid email address")
                if short != value:
                    is_cut = self.rules.overlong == "truncate" and each not in self.keys
                    complaints = warnings if is_cut else reasons
                    complaints.append(f"Value too long in field {each.display_name}")
                value = short
            if place in self.day_first and fits_both(text) and self.rules.ambiguous_dates != "accept":
                told = warnings if self.rules.ambiguous_dates == "warn" else reasons
                told.append(f"Ambiguous date in field {each.display_name}")
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
        return self.judge_links(writes)

    def judge_links(self, writes: Record) -> str | None:
        """Return which link leads nowhere; the others get the spelling of their target."""
        for each in map(self.field, self.header):
            if each and each.link and writes.get(each.column) is not None:
                target = self.world.links.get(each.column, {}).get(fold(writes[each.column]))
                if target is None:
                    return self.dangling(each)
                writes[each.column] = target
        return None

    def dangling(self, each: Field) -> str:
        """Return what is wrong with a row whose link leads nowhere."""
        return f"{each.name[0].upper()}{each.name[1:-2]}ID not found"

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
        changed = self.tell(lead_id, person, writes, is_new=not matches)
        person.update(writes)
        if changed:
            person["updated_at"] = NOW
        return ("created" if not matches else "updated" if changed else "unchanged"), lead_id

    def tell(self, number: int, record: Record, writes: Record, *, is_new: bool) -> bool:
        """Note which cells a row changes; return whether it changes any."""
        if is_new:
            self.log.made[number] = {}
        names = {each.column: each.name for each in self.lead.fields}
        changed = [column for column, value in writes.items() if record.get(column) != value]
        for column in changed:
            self.log.write(number, names[column], record.get(column), writes[column], self.row)
        return bool(changed)
