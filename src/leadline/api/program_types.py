"""How each type of program is named in answers: addresses, channels, folders, statuses (contract §9.7)."""

from leadline.model.dataclass import dataclass
from leadline.schema.programs import Program


@dataclass(frozen=True, slots=True)
class ProgramType:
    """The names of one type; programs do not run here, so `status` is that of one that does not."""

    letters: str
    applicable: str
    folder_type: str
    status: str = ""


PROGRAM_TYPES = {
    "Default": ProgramType("PG", "program", "Marketing Program"),
    "Email": ProgramType("EBP", "email_batch", "Email Batch Program", "unlocked"),
    "Engagement": ProgramType("NP", "nurture", "Nurture Program", "off"),
    "Event": ProgramType("ME", "event", "Marketing Event"),
    "Event with Webinar": ProgramType("ME", "webinar", "Marketing Event"),
}


def type_of(program: Program) -> ProgramType:
    """Return the type of a program."""
    return PROGRAM_TYPES[program.program_type]


def program_url(program: Program) -> str:
    """Return the part of an address that names a program; there is no page to open."""
    return f"#{type_of(program).letters}{program.id}A1"
