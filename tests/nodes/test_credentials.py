"""`leadline credentials` on PostgreSQL, beside several nodes: each knows of a change with its next call."""

import json
import re
from pathlib import Path

from tests.commands import leadline
from tests.edge.test_credentials import code_of, token_of
from tests.harness import subscription
from tests.nodes.conftest import Start

OF = ("--subscription", "123-ABC-456")


def test_each_node_knows_it_with_the_next_call(url: str, nodes: Start, tmp_path: Path) -> None:
    """An overlap, its end before its time, a removal; secrets are in files of the current directory."""
    both = [nodes(url, subscription(), workers=0), nodes(url, workers=0)]

    def made(*words: object) -> dict[str, str]:
        done = leadline("credentials", *words, *OF, "--database", url, cwd=tmp_path)
        assert done.returncode == 0, done
        (path,) = map(Path, re.findall(r" are in (\S+)$", done.stdout, re.MULTILINE))
        assert (path.parent, path.stat().st_mode & 0o777) == (tmp_path, 0o600)
        found: dict[str, str] = json.loads(path.read_text())
        assert found["client_secret"] not in done.stdout + done.stderr
        return found

    first = made("add", "ci", "--permission", "all")
    (token,) = {token_of(node, first) for node in both}
    second = made("rotate", "ci", "--keep", 1)
    (other,) = {token_of(node, second) for node in both}
    assert [code_of(node, each) for node in both for each in (token, other)] == [""] * 4
    assert {token_of(node, first) for node in both} == {token}
    third = made("rotate", "ci", "--keep", 0)
    assert [code_of(node, each) for node in both for each in (token, other)] == ["601"] * 4
    (last,) = {token_of(node, third) for node in both}
    assert [code_of(node, last) for node in both] == ["", ""]
    assert leadline("credentials", "remove", "ci", *OF, "--database", url).returncode == 0
    assert [code_of(node, last) for node in both] == ["601", "601"]
    assert {token_of(node, third) for node in both} == {None}


def test_an_empty_database_is_left_empty(url: str) -> None:
    """Nothing is made where the address is mistyped."""
    for _ in range(2):
        done = leadline("credentials", "list", *OF, "--database", url)
        assert done.returncode == 1
        assert "holds no store. " in done.stderr
