"""What else goes when a lead is deleted: the lines that name it in failure and warning files."""

from collections.abc import Collection
from functools import partial

from leadline.schema.catalog import ObjectType
from leadline.schema.folding import fold_key
from leadline.store import reading, records, reports
from leadline.store.base import Session


def addresses_of(session: Session, object_type: ObjectType, lead_ids: Collection[int]) -> set[str]:
    """Return the folded e-mail addresses of leads; a text without `@` is no address and is left out."""
    email = object_type.field("email")
    assert email is not None, "leads have an e-mail address"
    scope = reading.having("id", sorted(lead_ids))
    found = reading.read(session, object_type, [email], scope, 0, len(lead_ids) + 1)
    folded = {fold_key(each.values["email"], email.type) for each in found if each.values["email"]}
    return {each for each in folded if each and "@" in each}


def erase_lines(session: Session, object_type: ObjectType, addresses: Collection[str]) -> None:
    """Take the lines that name an address out of all files; one that a lead still has stays.

    Only the blocks that may name one are read, however many others there are.
    """
    email = object_type.field("email")
    assert email is not None, "leads have an e-mail address"
    gone = sorted(set(addresses) - records.keys_in_use(session, object_type, email, sorted(addresses)))
    if gone:
        from leadline.engine.erase import marks_in, marks_of, without

        reports.rewrite_issues(session, marks_of(gone), partial(without, addresses=gone), marks_in)
