"""Whatever the OpenAPI document allows, and much that it does not: no 5xx, no answer outside its schema."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.api.world import import_members, import_objects
from tests.forms import only_long, repeats, times
from tests.harness import Server

FUZZ_RUNS = int(os.environ.get("FUZZ_RUNS", "0"))
pytestmark = [only_long("postgres", "given"), *([] if FUZZ_RUNS else [repeats])]

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

EXAMPLES = 600 if FUZZ_RUNS else times(4, 8)
"""How many bodies and parameters for each operation: of the long form, of the default suite."""


@pytest.fixture(scope="module")
def world(world: Server) -> Server:
    """The shared one, with something to find."""
    world.run_import("email\na@x.com\nb\n", listId=1001)
    import_members(world, "email\na@x.com\n", "Invited")
    import_objects(world, "car_c", "vin\nv1\n")
    return world


def test_the_document_against_the_server(world: Server) -> None:
    """§0.2, §13: each operation with generated parameters and bodies, good and bad."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{world.address}/openapi.json"]
    command += ["--header", f"Authorization: Bearer {world.token}", "--checks", CHECKS, "--no-color"]
    command += ["--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--exclude-path-regex", "identity"]
    command += [
        "--generation-database",
        "none",
        "--seed",
        os.environ.get("FUZZ_SEED", "20260101"),
        "--workers",
        "2",
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200 + 60 * EXAMPLES // 12)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    assert "passed" in ended.stdout
    assert not [line for line in world.log if '"FaultCaught"' in line]
