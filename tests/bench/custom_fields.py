"""What hundreds of custom fields cost a file that names none of them."""

import statistics
from functools import partial
from pathlib import Path

from tests.bench.ours import Ours
from tests.bench.races import Races, ratio
from tests.server import subscription

FIELDS, AIM = 500, 1.05


def custom_fields(folder: Path, repeats: int) -> str:
    """Return a table: the same file where the fields are defined, and where none is."""
    fields = [
        {"name": f"own{n}", "displayName": f"Own {n}", "dataType": "string", "searchable": False}
        for n in range(FIELDS)
    ]
    sides = {"with": partial(Ours, document=subscription(lead_fields=fields)), "without": Ours}
    place = folder / "fields"
    place.mkdir()
    races = Races(place, "", sides, repeats)
    races.run(quick=True)
    lines = [
        f"| {FIELDS} custom fields defined, none in the file | with, s | without, s | ratio (min..max) | aim |",
        "|---|---|---|---|---|",
    ]
    for case, times in races.times.items():
        seconds = " | ".join(f"{statistics.median(times[side]):.2f}" for side in sides)
        lines.append(f"| {case} | {seconds} | {ratio(times['with'], times['without'])} | {AIM} |")
    return "\n".join(lines)
