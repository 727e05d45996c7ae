"""What fields have beside their values: words and marks that people may change (contract §9.4)."""

import unicodedata

from leadline.model.dataclass import dataclass
from leadline.schema.catalog import Field
from leadline.schema.leads import LEAD
from leadline.schema.types import Cell, Storage

DISPLAY_NAME_MAX = 255
_PLAIN_CATEGORIES = ("L", "M", "N")
PLAIN_SIGNS = " -_"


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """How a field is described, and how e-mails and forms treat it."""

    description: str | None = None
    html_in_email: bool = True
    sensitive: bool = False


def default_settings(object_type: str, field: Field) -> FieldSettings:
    """Return the settings of a field that nobody has changed.

    Standard fields have those that the original shows: texts are encoded in e-mails; what
    says something of a person is sensitive, what says something of a company or a membership is not.
    """
    if field.custom:
        return FieldSettings()
    is_text = field.type.storage is Storage.TEXT and field.type.cell is not Cell.DATE
    return FieldSettings(None, is_text, object_type == LEAD and not field.company)


def fault_of_display_name(name: str, signs: str = PLAIN_SIGNS) -> str | None:
    """Say what is wrong with a display name: it has letters and digits of any script, and some signs."""
    if not name.strip():
        return "displayName is blank"
    if len(name) > DISPLAY_NAME_MAX:
        return f"displayName has more than {DISPLAY_NAME_MAX} characters"
    for each in name:
        if each not in signs and unicodedata.category(each)[0] not in _PLAIN_CATEGORIES:
            return f"displayName has the special character {each!a}"
    return None
