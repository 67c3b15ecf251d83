from typing import Any

MEDIA = "text/csv"
_TEXT = {"schema": {"type": "string"}}
CSV_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {MEDIA: _TEXT}}}
CSV_ANSWER: dict[int | str, dict[str, Any]] = {200: {"description": "The version as CSV", "content": {MEDIA: _TEXT}}}
