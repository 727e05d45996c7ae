"""Whatever the file, the rules and the chunk borders: the engine does what plain Python does (§3-§8)."""

import copy
import csv
import io

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leadline.engine.header import read_header
from leadline.errors import ServiceError
from leadline.model.jobs import FileFormat
from leadline.model.rules import Rules
from leadline.schema.catalog import custom_field
from leadline.schema.leads import lead_type
from leadline.schema.types import Cell
from tests.forms import times
from tests.oracle import REASONS, Import, World, lines_of
from tests.oracle_cells import UNSEEN, records_of
from tests.property.engine import run_engine

LEAD = lead_type(
    (
        custom_field("customerNumber", "Customer Number", "integer"),
        custom_field("shortText", "Short Text", "string", 5),
        custom_field("discount", "Discount", "percent"),
        custom_field("balance", "Balance", "currency"),
        custom_field("ratio", "Ratio", "float"),
        custom_field("vip", "Vip", "boolean"),
        custom_field("birthday", "Birthday", "date"),
        custom_field("seen", "Seen", "datetime"),
        custom_field("workEmail", "Work Email", "email"),
    )
)
LOOKUPS = ["email", "id", "customerNumber", "sfdcLeadId", "twitterId", "workEmail"]
COLUMNS = [
    *[
        "email",
        "EMAIL",
        "id",
        "customerNumber",
        "shortText",
        "discount",
        "balance",
        "ratio",
        "vip",
        "birthday",
    ],
    *[
        "seen",
        "workEmail",
        "firstName",
        "dateOfBirth",
        "sfdcLeadId",
        "twitterId",
        "company",
        "industry",
        "externalCompanyId",
    ],
    *["externalSalesPersonId", "unsubscribed", "createdAt", "personType", "", "Import Failure Reason"],
]
NOTE = " more rows are not listed"
KEYS = [
    "a@x.co",
    "A@X.co",
    " a@x.co ",
    "b@x.co",
    "bad",
    "00Q1a",
    "00Q1A",
    "straße",
    "STRASSE",
    "İ",
    "ΑΣ",
    "ας",
    "7",
    "+7",
    "8",
    "1",
    "2",
    "3",
]
UNSEEN_TEXT = st.text(st.sampled_from(UNSEEN), max_size=2)
TIMES = st.sampled_from(
    [
        *(
            "",
            "T02:15",
            "t02:15:00.5z",
            " 02:15:00,5 +00",
            "\u202f23:59+0530",
            "\u300002:15\xa0-03:30",
            " 2:15+5",
        ),
        *(
            " 2:15 pm",
            "\u202f2:15\u202fPM",
            ", 12:00:01 am",
            ",2:15",
            " 02:15:30.25\u2009AM",
            "\u200b2:15",
            "  2:15",
        ),
    ]
)
YEARS = [26, 27, 25, 46, 47, 45, 0, 99, 68, 69]
SHORT_DATES = st.builds(
    "{}/{}/{:02}{}".format, st.integers(1, 12), st.integers(27, 30), st.sampled_from(YEARS), TIMES
)
GAPS = ["2011-12-30", "2026-03-29", "2026-03-08", "2026-11-01"]
LONG_DATES = st.builds("".join, st.tuples(st.sampled_from(GAPS), TIMES))
CELLS = st.one_of(
    SHORT_DATES,
    LONG_DATES,
    st.sampled_from(KEYS),
    UNSEEN_TEXT,
    st.builds("".join, st.tuples(UNSEEN_TEXT, st.sampled_from([*KEYS, "NULL", "true", "5%"]), UNSEEN_TEXT)),
    st.sampled_from(
        ["", " ", "NULL", "null", "NuLL", " NULL", "true", "No", "1", "0", "12%", "1e3", "1.00005", "-0.5"]
    ),
    st.sampled_from(
        ["2026-02-30", "2024-02-29", "1/2/69", "12/31/68 11:59 PM", "2026-11-01 01:30:00", "2026-03-08T02:30"]
    ),
    st.sampled_from(
        ["2024-02-29T23:59:59.9+05:30", "9223372036854775808", "1e400", ".5", "acme", "ACME", "none", "sp1"]
    ),
    st.sampled_from(
        [
            "toolong",
            "a,b",
            'say "hi"',
            "two\nlines",
            "cr\rlf\r\n",
            "nul\0",
            "é",
            "𝛑",
            "x;y\tz",
            '"',
            "'",
            "\\,",
        ]
    ),
    st.text(st.sampled_from('ab ,;\t"\n\r0159-/:.%@é'), max_size=8),
)
RULES = st.builds(
    lambda **rules: Rules.model_validate(rules),
    blank_cells=st.sampled_from(["keep", "clear"]),
    overlong=st.sampled_from(["fail", "truncate"]),
    multiple_matches=st.sampled_from(["fail", "newest"]),
    long_rows=st.sampled_from(["warn", "ignore", "fail"]),
    inner_quotes=st.sampled_from(["warn", "ignore"]),
    time_zone=st.sampled_from(["America/Chicago", "Antarctica/Troll", "Pacific/Apia"]),
    ambiguous_dates=st.sampled_from(["warn", "warn", "accept", "fail"]),
)


def person(number: int, email: str, **more: object) -> dict[str, object]:
    """Return a stored person with the defaults of a new one."""
    record: dict[str, object] = {
        each.column: each.default for each in LEAD.fields if each.default is not None
    }
    record = {name: int(value) if isinstance(value, bool) else value for name, value in record.items()}
    return record | {"f_email": email, "partition_id": 1, "updated_at": 100 + number} | more


WORLDS = st.builds(
    lambda people, where: World(
        people=dict(enumerate(people, 1)),
        next_id=10,
        partition=where[0],
        open_partitions=where[1],
        names={1: "Default", 2: "Europe, West"},
        links={"f_externalcompanyid": {"acme": "Acme"}, "f_externalsalespersonid": {"sp1": "sp1"}},
    ),
    st.lists(
        st.sampled_from(
            [
                person(1, "a@x.co", f_firstname="Ann"),
                person(2, "A@x.co", f_customernumber=7, partition_id=2),
                person(3, "b@x.co", f_externalcompanyid="Acme", f_company="Own"),
                person(4, "ΑΣ", f_sfdcleadid="00Q1a", f_twitterid="a@x.co", f_workemail="b@x.co"),
                person(5, "c@x.co", f_customernumber=7, f_vip=1, f_seen=0, f_balance=10_000),
            ]
        ),
        max_size=4,
        unique_by=id,
    ),
    st.sampled_from([(None, None), (1, None), (2, None), (None, frozenset({1})), (1, frozenset({1}))]),
)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, FileFormat, str]:
    """Return an upload, its format and its lookup field; rows may be ragged, quoting is anyone's."""
    file_format = draw(st.sampled_from(FileFormat))
    lookup = draw(st.sampled_from(LOOKUPS))
    has_bands = not draw(st.integers(0, 3))
    sizes = {"min_size": 9, "max_size": 15} if has_bands else {"min_size": 1, "max_size": 6}
    names = draw(st.lists(st.sampled_from(COLUMNS), unique_by=lambda name: name.lower() or id(name), **sizes))
    if lookup.lower() not in {name.lower() for name in names} and draw(st.integers(0, 9)):
        names.insert(0 if has_bands else len(names), lookup)
    count, at = len(names), draw(st.integers(0, len(names)))
    gap = [""] * (0 if draw(st.integers(0, 3)) else draw(st.integers(95, 130)))
    names[at:at] = gap  # far more columns than most rows have cells
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    always = draw(st.booleans())
    lines = [file_format.delimiter.join(names)]
    rows = draw(st.lists(st.lists(CELLS, min_size=count, max_size=count), max_size=3 if has_bands else 9))
    if has_bands:  # so many short rows that the fields of the others are kept apart
        short = draw(st.lists(st.lists(CELLS, min_size=1, max_size=2), min_size=20, max_size=30))
        rows = draw(st.permutations(rows + short))
    for row in rows:
        row[at:at] = gap if len(row) == count and draw(st.integers(0, 3)) else []
        cells = row[: draw(st.integers(1, 9))] if not draw(st.integers(0, 5)) else row
        cells = cells + draw(st.lists(CELLS, max_size=2)) if not draw(st.integers(0, 5)) else cells
        lines.append(
            file_format.delimiter.join(_written(cell, file_format.delimiter, always, draw) for cell in cells)
        )
        if not draw(st.integers(0, 9)):
            lines.append(draw(st.sampled_from(odd_lines(lines[0], len(names), file_format.delimiter))))
        if "Import Failure Reason" in names and not draw(st.integers(0, 5)):
            place = names.index("Import Failure Reason")
            lines.append(file_format.delimiter * place + draw(st.sampled_from(["12", "x"])) + NOTE)
    if not draw(st.integers(0, 9)):
        lines.append('"open')
    text = ends.join(lines) + ends * draw(st.integers(0, 2))
    text += draw(st.sampled_from(["", "", "", "\x1a", f"\x1a{ends}\x1a\x1a"]))
    return text.encode(), file_format, lookup


def odd_lines(header: str, width: int, delimiter: str) -> list[str]:
    """Return lines that are blank, or no record, or torn."""
    d = delimiter
    return [
        *["", " \t", d, d * width, f'""{d}" "', "\u3000", "\ufeff", "\x1a"],
        *[header, header.upper(), f"\ufeff{header}", f"\x1a{header}", header + d, header + f"{d}x"],
        *["(3 rows affected)", f"42 rows selected.{d * (width - 1)}", "\\.", "(3 rows)x", f"---{d}--", "-"],
        *[
            d.join(["---"] * width),
            f'"Acme" Inc{d}a@x.co',
            f'"Bob \\"Bobby\\""{d}a',
            f'"x \\"{d} y"{d}a@x.co',
        ],
    ]


def _written(cell: str, delimiter: str, always: bool, draw: st.DrawFn) -> str:
    needs = any(special in cell for special in (delimiter, '"', "\n", "\r"))
    if (needs and draw(st.integers(0, 9))) or always:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def test_every_kind_of_cell_is_drawn() -> None:
    """The files below have columns of each kind that a file may have."""
    drawn = [LEAD.field(name) for name in COLUMNS]
    missing = set(Cell) - {field.type.cell for field in drawn if field is not None}
    assert not missing, f"add a field of {sorted(missing)} to LEAD and COLUMNS"


@settings(max_examples=times(12, 1000, 50), suppress_health_check=list(HealthCheck))
@given(files(), RULES, WORLDS, st.integers(1, 60))
def test_the_engine_equals_the_oracle(
    upload: tuple[bytes, FileFormat, str], rules: Rules, world: World, chunk_bytes: int
) -> None:
    """Rows, people, files, ledger and counts are the oracle's."""
    file, file_format, lookup = upload
    try:
        header = read_header([file], file_format)
    except ServiceError:
        assume(False)
    names = list(header.cells)
    assume(all(name == "" or name.lower() in REASONS or LEAD.field(name) for name in names))
    field = LEAD.field(lookup)
    assert field is not None
    theirs, ours = copy.deepcopy(world), copy.deepcopy(world)
    records = records_of(file[header.size :].decode(), file_format.delimiter)
    oracle = Import(LEAD, field, rules, names, theirs)
    expected = oracle.run(records)
    outcome = run_engine(file, LEAD, lookup, rules, ours, file_format, chunk_bytes)

    assert outcome.rows == [(each.row, each.outcome, each.id, each.reason, each.warning) for each in expected]
    assert stored(ours) == stored(theirs)
    assert outcome.log.written == oracle.log.written
    assert outcome.log.made.keys() == oracle.log.made.keys()
    for record, rows in oracle.log.made.items():
        assert {name: outcome.log.made[record].get(name) for name in rows} == rows
    assert ours.next_id == theirs.next_id
    assert outcome.failures == lines_of(expected, file_format.delimiter, "reason")
    assert outcome.warnings == lines_of(expected, file_format.delimiter, "warning")
    assert sum(outcome.counts.values()) == len(expected)
    assert outcome.warned == sum(each.warning is not None for each in expected)
    ledger = [
        (row, outcome, id, reason) for row, outcome, id, reason in csv.reader(io.StringIO(outcome.ledger))
    ]
    assert ledger == [
        (str(each.row), each.outcome, str(each.id or ""), each.reason or each.warning or "")
        for each in expected
    ]


def stored(world: World) -> dict[int, dict[str, object]]:
    """Return the people without nulls and without folded keys, which the oracle does not keep."""
    return {
        lead_id: {
            name: value for name, value in record.items() if value is not None and not name.startswith("k_")
        }
        for lead_id, record in world.people.items()
    }
