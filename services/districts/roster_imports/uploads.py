"""The body of an upload: the zip itself, or a form with a `file` part. It is never whole in memory."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from shared.errors import FieldError, Invalid, UnsupportedMedia

RAW = ("application/zip", "application/x-zip-compressed", "application/octet-stream")
FORM = "multipart/form-data"
_PIECE = 1 << 20
_BINARY = {"type": "string", "format": "binary"}
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **{media: {"schema": _BINARY} for media in RAW},
            FORM: {"schema": {"type": "object", "required": ["file"], "properties": {"file": _BINARY}}},
        },
    }
}


async def pieces_of(request: Request) -> AsyncIterator[bytes]:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in RAW:
        async for piece in request.stream():
            yield piece
    elif media == FORM:
        async for piece in _file_part(request):
            yield piece
    else:
        raise UnsupportedMedia(f"send {RAW[0]} or {FORM}")


async def _file_part(request: Request) -> AsyncIterator[bytes]:
    try:
        form = await request.form(max_files=1, max_fields=10)
    except MultiPartException as error:
        raise Invalid(f"the form cannot be read: {error.message}") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid(errors=[FieldError("#/file", "missing", "send the zip as the part `file`")])
        while piece := await file.read(_PIECE):
            yield piece
    finally:
        await form.close()
