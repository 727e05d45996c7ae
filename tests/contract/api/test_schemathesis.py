"""Whatever the OpenAPI document allows, and much that it does not: no 5xx, no answer outside its schema."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.api.world import import_members, import_objects, whole_subscription
from tests.forms import repeats
from tests.harness import Server, running

pytestmark = repeats("postgres", "given")

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

EXAMPLES = 600 if int(os.environ.get("FUZZ_RUNS", "0")) else 4
"""How many bodies and parameters for each operation: of the long form, of the default suite."""


@pytest.fixture(scope="module")
def world(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for server in running(tmp_path_factory.mktemp("fuzz") / "data", whole_subscription()):
        server.run_import("email\na@x.com\nb\n", listId=1001)
        import_members(server, "email\na@x.com\n", "Invited")
        import_objects(server, "car_c", "vin\nv1\n")
        yield server


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
