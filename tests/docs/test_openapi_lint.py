"""The linter `redocly` has nothing to say of the OpenAPI document: no error, no warning."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from leadline.api.app import ENDPOINTS
from leadline.api.openapi import build_document

LINTER = Path(__file__).parents[1] / "clients" / "redocly"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the linter, installed as its lock file says."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not on this machine, so redocly cannot be installed: apt install npm")
    place = tmp_path_factory.mktemp("redocly")
    for name in ("package.json", "package-lock.json", "redocly.yaml"):
        shutil.copy(LINTER / name, place)
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    ended = subprocess.run(install, cwd=place, capture_output=True, text=True, timeout=300)
    if ended.returncode:
        pytest.fail(f"npm could not install redocly; it needs a package registry: {ended.stderr[-1000:]}")
    return place


def lint(folder: Path, document: dict[str, object]) -> list[str]:
    """Return what the linter complains about: the rule and the place."""
    (folder / "openapi.json").write_text(json.dumps(document), "utf-8")
    command = ["node_modules/.bin/redocly", "lint", "openapi.json", "--format", "json"]
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=180, env=os.environ | quiet
    )
    found = json.loads(ended.stdout[ended.stdout.index("{") :])
    return [
        f"{each['severity']} {each['ruleId']} at {each['location'][0].get('pointer', '')}"
        for each in found["problems"]
    ]


def test_the_linter_finds_nothing(folder: Path) -> None:
    assert lint(folder, build_document(ENDPOINTS)) == []


def test_the_linter_would_find_something(folder: Path) -> None:
    document = build_document(ENDPOINTS)
    del document["paths"]["/rest/v1/leads.json"]["get"]["operationId"]
    assert lint(folder, document) == [
        "warn operation-operationId at #/paths/~1rest~1v1~1leads.json/get/operationId"
    ]
