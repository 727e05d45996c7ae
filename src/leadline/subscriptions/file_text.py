"""The text of a subscription file: YAML of which nothing is lost on the way to what it says."""

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

import yaml

from leadline.errors import OperatorError
from leadline.schema.exact_json import exact_number
from leadline.subscriptions.file_faults import yaml_path

_VALUES_MAX = 1_000_000
_MERGE_KEY = "<<"
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")


class _Loader(yaml.SafeLoader):
    """A safe loader whose numbers stay what they are."""

    def construct_number(self, node: yaml.ScalarNode) -> Decimal | float:
        """Return a number with a fraction; YAML can write one in more ways than `Decimal` reads."""
        text = str(self.construct_scalar(node))
        return exact_number(text) if _PLAIN_NUMBER.fullmatch(text) else self.construct_yaml_float(node)


_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_number)


def read_yaml(text: str, name: str) -> tuple[Any, list[str]]:
    """Return what a text says, and the keys that stand twice in it; `name` stands in the sentence.

    Raises `OperatorError`.
    """
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        if _expanded_size(root, {}) > _VALUES_MAX:
            raise OperatorError(f"{name} holds too much behind YAML aliases. Write out what they stand for.")
        repeated = list(_repeated_keys(root))
        return yaml.load(text, _Loader), repeated  # a safe one
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise OperatorError(f"{name} is not a YAML file in UTF-8; fix it: {why}.") from error


def _expanded_size(node: yaml.Node | None, known: dict[int, float]) -> float:
    """Return how many values a document has with its aliases written out; infinite for one within itself."""
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if id(node) not in known:
        known[id(node)] = math.inf  # until its parts are known
        parts = chain.from_iterable(node.value) if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + sum(_expanded_size(part, known) for part in parts)
    return known[id(node)]


def _repeated_keys(node: yaml.Node | None, path: tuple[int | str, ...] = ()) -> Iterator[str]:
    """Yield each key that its mapping has twice, of which YAML would silently drop the first."""
    if isinstance(node, yaml.SequenceNode):
        for number, each in enumerate(node.value):
            yield from _repeated_keys(each, (*path, number))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen and name != _MERGE_KEY:
                yield f"{yaml_path((*path, name))}: stands twice (line {key.start_mark.line + 1})"
            seen.add(name)
            yield from _repeated_keys(value, (*path, name))
