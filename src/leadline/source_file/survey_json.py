"""What was found in a file as JSON text and back, so that it can be kept."""

import json
from collections import Counter
from typing import Any

from leadline.source_file.date_order import DateEvidence
from leadline.source_file.records import TornQuotes
from leadline.source_file.survey import Column, Survey
from leadline.source_file.text_encoding import TextEncoding


def survey_as_json(survey: Survey) -> str:
    """Return a survey as text; it is ASCII alone, whatever stands in the file."""
    return json.dumps(survey, default=_members)


def survey_of_json(text: str) -> Survey:
    """Return the survey that `survey_as_json` has written."""
    document = json.loads(text)
    return Survey(
        **document
        | {
            "encoding": TextEncoding(**document["encoding"]),
            "columns": tuple(map(_column, document["columns"])),
            "quotes": TornQuotes(**document["quotes"]),
        }
    )


def _members(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__slots__}


def _column(document: dict[str, Any]) -> Column:
    dates = document["dates"]
    return Column(
        **document
        | {
            "placeholders": Counter(document["placeholders"]),
            "damages": {kind: (rows, first) for kind, (rows, first) in document["damages"].items()},
            "dates": DateEvidence(**dates | {"groups": Counter(dates["groups"])}),
        }
    )
