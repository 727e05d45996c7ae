"""What a push was asked, as its manifest remembers it: its results are fetched again without its options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leadline.client.options import Kind, Order, Pace, PushOptions, Reading, Target


def asked_of(options: PushOptions) -> dict[str, Any]:
    """Return what decides how the file is read and cut, as JSON; what was not given is left out."""
    target, reading = options.target, options.reading
    asked = {
        "kind": target.kind.value,
        "lookupField": target.lookup_field,
        "listId": target.list_id,
        "partition": target.partition,
        "programId": target.program_id,
        "status": target.status,
        "object": target.object_name,
        "format": reading.format,
        "encoding": reading.encoding,
        "map": dict(reading.renamed),
        "dates": reading.dates,
        "datesOf": dict(reading.dates_of) or None,
        "pieceMb": options.pace.piece_mb,
        "order": options.order.value,
    }
    return {name: value for name, value in asked.items() if value is not None}


def options_of(asked: Mapping[str, Any], file: Path, manifest: Path, out: Path | None = None) -> PushOptions:
    """Return the options of a push that goes on by its manifest; raises ValueError where they are none."""
    target = Target(
        Kind(asked.get("kind", "")),
        asked.get("lookupField"),
        asked.get("listId"),
        asked.get("partition"),
        asked.get("programId"),
        asked.get("status"),
        asked.get("object"),
    )
    dates, dates_of = asked.get("dates"), dict(asked.get("datesOf", {}))
    reading = Reading(asked["format"], asked["encoding"], dict(asked["map"]), dates, dates_of)
    return PushOptions(
        file,
        target,
        reading,
        Pace(piece_mb=asked["pieceMb"]),
        order=Order(asked["order"]),
        manifest=manifest,
        out=out,
        yes=True,
    )
