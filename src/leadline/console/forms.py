"""The form of a request that has no file."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from leadline.api.call import Services
from leadline.api.multipart import is_multipart, parse_boundary, read_form
from leadline.api.params import FORM_TYPE, media_type
from leadline.api.request_size import read_body


async def form_of(request: Request, services: Services) -> dict[str, str]:
    """Return the first value of each field; raises `ServiceError` 413 for a body of more than 1 MB."""
    content_type = request.headers.get("content-type", "")
    async with services.bodies.counting(request.stream()) as stream:
        if is_multipart(content_type):
            form = await read_form(stream, parse_boundary(content_type), 0)
            form.close()
            return {name: values[0] for name, values in form.fields.items()}
        body = await read_body(request, stream)
    return first_values(body.decode("utf-8", "replace")) if media_type(content_type) == FORM_TYPE else {}


def first_values(text: str) -> dict[str, str]:
    """Return the first value of each name in an urlencoded text."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="replace"):
        found.setdefault(name, value)
    return found
