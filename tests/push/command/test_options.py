"""Options of the command become those of a push."""

import json
from pathlib import Path
from typing import Any

import click
import pytest

from leadline.cli.push import push_command
from leadline.cli.push_options import options_of, renamed
from leadline.client.manifest.asked import asked_of
from leadline.client.manifest.asked import options_of as options_of_manifest
from leadline.client.options import FailOn, Kind, Order, Pace, PushOptions, Reading, Target, Unknown


def asked(*words: str) -> PushOptions:
    """Return what words on the command line ask for."""
    given: dict[str, Any] = push_command.make_context("push", [*words, __file__]).params
    return options_of(given.pop("file"), given)


def test_without_options_a_push_is_one_of_leads() -> None:
    assert asked() == PushOptions(Path(__file__))


def test_each_option_has_its_place() -> None:
    words = (
        "--kind leads --lookup-field id --list 7 --partition Europe --format tsv --encoding utf-16 "
        "--map A=email --map B= --dates dmy --dates C=d=mdy --piece-mb 2 --in-flight 1 --calls-per-20s 10 --daily-calls 100 "
        "--reserve-calls 5 --poll 1 --wait 60 --manifest m --out o --unknown resend --order strict "
        "--fail-on all --restart --yes"
    )
    assert asked(*words.split()) == PushOptions(
        Path(__file__),
        Target(Kind.LEADS, "id", 7, "Europe"),
        Reading("tsv", "utf-16", {"A": "email", "B": ""}, "dmy", {"C=d": "mdy"}),
        Pace(2.0, 1, 10, 100, 5, 1.0, 60.0),
        Unknown.RESEND,
        Order.STRICT,
        FailOn.ALL,
        Path("m"),
        Path("o"),
        restart=True,
        yes=True,
    )


def test_a_column_has_one_order_of_dates() -> None:
    assert asked("--dates", "A=mdy", "--dates", " A =mdy").reading == Reading(dates_of={"A": "mdy"})
    for words in (("mdy", "dmy"), ("A=mdy", "A=dmy")):
        with pytest.raises(click.UsageError, match="another order"):
            asked(*(word for each in words for word in ("--dates", each)))


def test_a_program_or_an_object_says_the_kind() -> None:
    assert asked("--program", "1", "--status", "Invited").target == Target(
        Kind.MEMBERS, program_id=1, status="Invited"
    )
    assert asked("--object", "car_c").target == Target(Kind.OBJECT, object_name="car_c")


def test_a_file_of_columns_stands_below_options(tmp_path: Path) -> None:
    lines, document = tmp_path / "lines", tmp_path / "document"
    lines.write_text("Formula a=b = email\n\nNotes=\n", "utf-8-sig")
    document.write_text(json.dumps({"Formula a=b": "email", "Notes": None}), "utf-8")
    for file in (lines, document):
        assert renamed((), file) == {"Formula a=b": "email", "Notes": ""}
        assert renamed(("Notes=company",), file)["Notes"] == "company"
    document.write_text("{", "utf-8")
    nested = tmp_path / "nested"
    nested.write_text('{"A":' + "[" * 100_000, "utf-8")
    with pytest.raises(click.UsageError, match="neither JSON nor text"):
        renamed((), nested)
    with pytest.raises(click.UsageError, match="neither JSON nor text"):
        renamed((), document)


@pytest.mark.parametrize(
    "options",
    [
        PushOptions(
            Path("f"), Target(list_id=5, lookup_field="id", partition="x"), order=Order.OFF, yes=True
        ),
        PushOptions(Path("f"), Target(Kind.MEMBERS, program_id=1, status="Invited"), yes=True),
        PushOptions(
            Path("f"),
            Target(Kind.OBJECT, object_name="car_c"),
            Reading("csv", "latin-1", {"A": ""}, "mdy", {"B": "dmy"}),
            Pace(piece_mb=0.5),
            yes=True,
        ),
    ],
)
def test_a_manifest_remembers_what_decides_the_pieces(options: PushOptions) -> None:
    kept = json.loads(json.dumps(asked_of(options)))
    found = options_of_manifest(kept, options.file, options.manifest_path)
    assert (found.target, found.reading, found.order) == (options.target, options.reading, options.order)
    assert found.pace.piece_mb == options.pace.piece_mb
    assert found.out_folder == options.out_folder


@pytest.mark.parametrize("option", ["--piece-mb", "--poll", "--wait"])
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0", "-1", "1e999"])
def test_what_is_no_amount_is_refused(option: str, text: str) -> None:
    with pytest.raises(click.BadParameter):
        asked(f"{option}={text}")
