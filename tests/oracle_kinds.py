"""Imports of custom objects and of program members in plain Python, beside that of leads (§5, §6)."""

from dataclasses import dataclass, field

from leadline.schema.catalog import Field, ObjectType
from tests.oracle import NOW, Import, Record, RowResult
from tests.oracle_cells import Row, fold


@dataclass
class ObjectImport(Import):
    """Records are found by all dedupe fields together; what is no field is ignored."""

    @property
    def keys(self) -> tuple[Field, ...]:
        """All dedupe fields."""
        return tuple(each for each in self.lead.fields if each.name in self.lead.dedupe)

    @property
    def missing(self) -> str:
        """A bare token (§6.4)."""
        return "missing.dedupe.fields"

    def find(self, writes: Record) -> list[int]:
        """Compare each part of the key."""
        wanted = [fold(writes[each.column]) for each in self.keys]
        records = self.world.people.items()
        return [n for n, each in records if [fold(each.get(key.column)) for key in self.keys] == wanted]

    def judge_match(self, matches: list[int], writes: Record) -> str | None:
        """Objects have no partitions and no doubles."""
        return self.judge_links(writes)

    def dangling(self, each: Field) -> str:
        """Name the field (§7.3)."""
        return f"Value for lookup field '{each.name}' not found"

    def write(self, matches: list[int], writes: Record) -> tuple[str, int]:
        """Write a row to its record."""
        number = matches[0] if matches else self.world.next_id
        if not matches:
            self.world.next_id += 1
            self.world.people[number] = {each.column: 0 for each in self.lead.fields if each.is_boolean}
        record = self.world.people[number]
        changed = self.tell(number, record, writes, is_new=not matches)
        record.update(writes)
        self.let_point_to(record)
        return ("created" if not matches else "updated" if changed else "unchanged"), number

    def let_point_to(self, record: Record) -> None:
        """Let links of the own type find a record under its key as it is spelled now."""
        for each in self.lead.fields:
            if each.link and each.link.table == self.lead.table and each.link.column in record:
                spelling = record[each.link.column]
                self.world.links.setdefault(each.column, {})[fold(spelling)] = spelling


@dataclass
class Target:
    """The status that an import brings members to, the steps of all, and the members so far by lead."""

    status: str
    success: bool
    steps: dict[str, int]
    members: dict[int, Record] = field(default_factory=dict)


@dataclass(kw_only=True)
class MemberImport(Import):
    """A lead import by e-mail whose leads then become members, or advance."""

    member: ObjectType
    target: Target

    def field(self, name: str) -> Field | None:
        """A name that both have is the lead's."""
        if not name or self.lead.field(name):
            return super().field(name)
        own = self.member.field(name)
        return own if own and not (own.read_only or own.system) else None

    def one(self, number: int, row: Row, first_width: int) -> RowResult:
        """Import the lead, then its membership."""
        self.of_member: Record = {}
        result = super().one(number, row, first_width)
        if result.id is None:
            return result
        outcome, warning = self.enrol(result.id)
        if result.outcome == "unchanged" and outcome != "unchanged":
            result.outcome = "updated"
        result.warning = result.warning or warning
        return result

    def judge_cells(self, cells: list[str]) -> tuple[list[str], list[str], Record]:
        """Set aside what the member is to have."""
        reasons, warnings, writes = super().judge_cells(cells)
        leads = {each.column for each in self.lead.fields}
        self.of_member = {name: value for name, value in writes.items() if name not in leads}
        return reasons, warnings, {name: value for name, value in writes.items() if name in leads}

    def enrol(self, lead_id: int) -> tuple[str, str | None]:
        """Bring one lead to the status; returns what became of the membership, and the warning."""
        target, members = self.target, self.target.members
        is_new, person = lead_id not in members, self.world.people[lead_id]
        if is_new:
            acquired = person.get("f_acquisitionprogramid") is None
            members[lead_id] = {each.column: 0 for each in self.member.fields if each.is_boolean}
            members[lead_id] |= {"lead_id": lead_id, "acquired_by": int(acquired)}
            if acquired:
                person |= {"f_acquisitionprogramid": 1001, "f_mktoacquisitiondate": NOW}
        member, writes = members[lead_id], dict(self.of_member)
        moves = is_new or target.steps[str(member["f_statusname"])] <= target.steps[target.status]
        if moves:
            writes["f_statusname"] = target.status
        if moves and target.success and not member["reached_success"]:
            writes |= {"reached_success": 1, "reached_success_at": NOW}
        changed = any(member.get(name) != value for name, value in writes.items())
        member.update(writes)
        late = "Lead skipped because it is already in or past this status"
        warning = late if not moves and self.rules.member_backward == "warn" else None
        return ("created" if is_new else "updated" if changed else "unchanged"), warning
