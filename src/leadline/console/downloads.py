"""Files that a page gives to be kept: read from the store piece by piece while they are sent."""

from starlette.responses import Response

from leadline.api.job_file_answers import file_answer
from leadline.console.visit import Visit
from leadline.imports.files import JobFile


def download(visit: Visit, file: JobFile, name: str) -> Response:
    """Answer with a file, which the browser keeps under a name of ours; like a page it takes no seat."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return file_answer(visit.caller, visit.services, file, headers)
