"""/docs: the API to read and to try, from files of our own package index, so that it works without the internet.

The page loads nothing from elsewhere and runs nothing that stands in the page itself; its Content-Security-Policy says
so, and a browser holds it to that. What starts Swagger UI is therefore a script of its own.
"""

from collections.abc import Sequence
from html import escape
from importlib.metadata import distribution
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

# Found without an import: we want the files that the package carries, and none of its code.
_ASSETS = Path(str(distribution("fastapi-swagger").locate_file("fastapi_swagger/resources")))
_FILES = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_ASSET_HEADERS = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="{assets}/favicon-32x32.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
<link rel="stylesheet" href="{assets}/page.css">
</head>
<body>
<div id="api" data-document="{document}"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{assets}/page.js"></script>
</body>
</html>
"""

_CSS = "body { margin: 0; background: #fafafa; }\n"

_SCRIPT = """"use strict";

const place = document.getElementById("api");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "none",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""


def docs_routes(title: str, document: str = "/openapi.json", prefix: str = "/docs") -> Sequence[BaseRoute]:
    """Give the page and its files, for a service alone and for all of them together alike."""
    assets = f"{prefix}/assets"
    page = _PAGE.format(title=escape(title), document=escape(document), assets=assets)

    async def show_page(_request: Request) -> Response:
        return Response(page, media_type="text/html", headers=_PAGE_HEADERS)

    return [Route(prefix, show_page, name="docs"), Route(assets + "/{name}", show_asset, name="docs_asset")]


async def show_asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "page.js":
        return Response(_SCRIPT, media_type="text/javascript", headers=_ASSET_HEADERS)
    if name == "page.css":
        return Response(_CSS, media_type="text/css", headers=_ASSET_HEADERS)
    if name in _FILES:
        return FileResponse(_ASSETS / name, headers=_ASSET_HEADERS)
    raise HTTPException(404)
