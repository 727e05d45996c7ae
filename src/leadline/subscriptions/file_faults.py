"""Faults of a subscription file that only show when its parts are held beside each other.

The document is checked as it was read, so that these faults are reported together with those of
single parts; values of the wrong shape are skipped here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from leadline.model.rules import Limits, Rules
from leadline.schema.leads import lead_type
from leadline.schema.members import NOT_IN_PROGRAM, member_type
from leadline.schema.objects import folded_name
from leadline.schema.outer_space import trimmed

_UNIQUE = {
    "credentials": ("name", "client_id"),
    "lead_fields": ("name",),
    "program_member_fields": ("name",),
    "lists": ("id", "name"),
    "channels": ("name",),
    "programs": ("id", "name"),
    "custom_objects": ("apiName",),
    "companies": ("externalCompanyId",),
    "sales_persons": ("externalSalesPersonId",),
}
_SECTIONS: dict[str, type[BaseModel]] = {"limits": Limits, "rules": Rules}


def yaml_path(parts: tuple[int | str, ...]) -> str:
    """Return where in the file something stands, such as `lists[1].id`."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "the file"


def keys_at(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """Return the keys that the mapping may have which stands at a path of a document of this model."""
    for part in path:
        named = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        if part in named:
            model = _SECTIONS.get(str(part)) or _model_in(named[str(part)]) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model of which an annotation speaks, as `list[Model] | None` does."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def faults_across(document: object) -> Iterator[str]:
    """Yield names that stand twice, fields named like standard ones, partitions that do not exist."""
    if not isinstance(document, dict):
        return
    partitions = document.get("partitions", ["Default"])
    yield from _repeats("partitions", "", _numbered(partitions))
    for section, keys in _UNIQUE.items():
        for key in keys:
            named = [(number, each.get(key)) for number, each in _mappings(document, section)]
            yield from _repeats(section, f".{key}", named, folded_name if key == "apiName" else str.lower)
    yield from _standard_names(document)
    for number, channel in _mappings(document, "channels"):
        yield from _status_faults(f"channels[{number}].statuses", channel)
    known = {trimmed(str(name)).lower() for _, name in _numbered(partitions)}
    for number, each in _mappings(document, "credentials"):
        for _, name in _numbered(each.get("partitions")):
            if isinstance(partitions, list) and trimmed(str(name)).lower() not in known:
                yield f"credentials[{number}].partitions: '{name}' is not among the partitions"


def _standard_names(document: dict[str, object]) -> Iterator[str]:
    for section, object_type in (("lead_fields", lead_type()), ("program_member_fields", member_type())):
        for number, each in _mappings(document, section):
            name = each.get("name")
            if isinstance(name, str) and object_type.field(trimmed(name)):
                yield f"{section}[{number}].name: '{name}' is a standard field"


def _status_faults(path: str, channel: dict[str, object]) -> Iterator[str]:
    named = [(number, each.get("name")) for number, each in _mappings(channel, "statuses")]
    yield from _repeats(path, ".name", named)
    for number, name in named:
        if isinstance(name, str) and trimmed(name).lower() == NOT_IN_PROGRAM.lower():
            yield f"{path}[{number}].name: every channel has '{NOT_IN_PROGRAM}' already"


def _numbered(items: object) -> list[tuple[int, object]]:
    return list(enumerate(items)) if isinstance(items, list) else []


def _mappings(parent: dict[str, object], section: str) -> list[tuple[int, dict[str, object]]]:
    return [(number, each) for number, each in _numbered(parent.get(section)) if isinstance(each, dict)]


def _repeats(
    section: str, key: str, named: list[tuple[int, object]], fold: Callable[[str], str] = str.lower
) -> Iterator[str]:
    """Yield a fault for each name that stood before; two that `fold` makes the same are one."""
    seen: set[str] = set()
    for number, name in named:
        if not isinstance(name, str | int):
            continue
        folded = fold(trimmed(str(name)))
        if folded in seen:
            yield f"{section}[{number}]{key}: '{name}' stands twice"
        seen.add(folded)
