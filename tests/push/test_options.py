"""What a push is asked fits together, and names the files that it writes."""

from pathlib import Path

import pytest

from leadline.client.options import Kind, PushOptions, Target, target_faults


@pytest.mark.parametrize(
    ("target", "faults"),
    [
        (Target(), []),
        (Target(lookup_field="id", list_id=1, partition="Europe"), []),
        (Target(Kind.MEMBERS, program_id=1, status="Invited"), []),
        (Target(Kind.OBJECT, object_name="car_c"), []),
        (Target(Kind.MEMBERS, program_id=1), ["Members need a program and a status."]),
        (Target(Kind.OBJECT), ["Records of a custom object need the object's name."]),
        (
            Target(program_id=1, status="x"),
            ["A program is for members alone.", "A status is for members alone."],
        ),
        (
            Target(Kind.OBJECT, object_name="car_c", list_id=1, lookup_field="vin", partition="x"),
            [
                "A list is for leads alone.",
                "A partition is for leads alone.",
                "A lookup field is for leads alone.",
            ],
        ),
        (Target(object_name="car_c"), ["An object's name is for custom objects alone."]),
    ],
)
def test_a_target_has_what_its_kind_needs(target: Target, faults: list[str]) -> None:
    assert target_faults(target) == faults


@pytest.mark.parametrize(
    ("given", "manifest", "out"),
    [
        ({}, "data/crm.csv.push.jsonl", "data/crm.csv.push"),
        ({"manifest": Path("/tmp/m.jsonl")}, "/tmp/m.jsonl", "/tmp/m"),
        ({"manifest": Path("/tmp/m")}, "/tmp/m", "/tmp/m.results"),
        ({"out": Path("there")}, "data/crm.csv.push.jsonl", "there"),
    ],
)
def test_files_lie_beside_each_other(given: dict[str, Path], manifest: str, out: str) -> None:
    options = PushOptions(Path("data/crm.csv"), **given)  # a folder that cannot be written needs --manifest
    assert (str(options.manifest_path), str(options.out_folder)) == (manifest, out)
