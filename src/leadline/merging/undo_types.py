"""Whether the custom object into which a job has written is still the same one."""

from collections.abc import Sequence

from leadline.model.changes import ChangeSet
from leadline.model.jobs import Job, JobKind
from leadline.store import change_log, objects
from leadline.store.base import Session


def is_type_deleted(session: Session, job: Job, sets: Sequence[ChangeSet]) -> bool:
    """Tell whether a job's custom object was deleted, be there another one of that name by now.

    Its changes went with it, while the sets stay; no other way leads to sets without any.
    """
    if job.request.kind is not JobKind.OBJECT:
        return False
    if objects.load_object_type(session, job.request.object_type) is None:
        return True
    return not any(change_log.parts_of(session, each.number) for each in sets)
