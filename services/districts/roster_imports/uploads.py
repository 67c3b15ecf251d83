"""The body of an upload: the zip, or a form whose parts `file` are the zip or the CSV files. Never whole in memory."""

import asyncio
import shutil
import tempfile
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from typing import IO, Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from shared.errors import FieldError, Invalid, UnsupportedMedia

RAW = ("application/zip", "application/x-zip-compressed", "application/octet-stream")
FORM = "multipart/form-data"
MOST_PARTS = 40  # OneRoster has 22 files
_PIECE = 1 << 20
_BINARY = {"type": "string", "format": "binary"}
_FILES = {"type": "array", "items": _BINARY, "minItems": 1, "description": "the zip, or the CSV files one by one"}
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **{media: {"schema": _BINARY} for media in RAW},
            FORM: {"schema": {"type": "object", "required": ["file"], "properties": {"file": _FILES}}},
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
        form = await request.form(max_files=MOST_PARTS, max_fields=10)
    except MultiPartException as error:
        raise Invalid(f"the form cannot be read: {error.message}") from error
    try:
        parts = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
        if not parts:
            raise Invalid(errors=[FieldError("#/file", "missing", "send the zip, or each CSV file, as a part `file`")])
        with ExitStack() as stack:
            file = parts[0].file
            if len(parts) > 1 or _name_of(parts[0]).endswith(".csv"):
                file = stack.enter_context(tempfile.TemporaryFile(prefix="throughline-"))
                await asyncio.to_thread(_pack, parts, file)
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece
    finally:
        await form.close()


def _name_of(part: UploadFile) -> str:
    return (part.filename or "").replace("\\", "/").rsplit("/", 1)[-1].strip().lower()


def _pack(parts: Sequence[UploadFile], into: IO[bytes]) -> None:
    """Pack CSV files into one zip, which comes to the same bytes for the same files in any order."""
    names = [_name_of(part) for part in parts]
    for number, name in enumerate(names):
        if not name.endswith(".csv"):
            raise Invalid(errors=[FieldError(f"#/file/{number}", "media", "of several parts each is a .csv file")])
        if name in names[:number]:
            raise Invalid(errors=[FieldError(f"#/file/{number}", "duplicate", f"{name[:100]} is there twice")])
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part in sorted(parts, key=_name_of):
            with archive.open(zipfile.ZipInfo(_name_of(part)), "w", force_zip64=True) as out:
                shutil.copyfileobj(part.file, out, _PIECE)
    into.seek(0)
