import re

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette

from shared.docs_page import docs_routes


@pytest.fixture(params=["service", "all together"])
async def client(request):
    app = FastAPI(docs_url=None, redoc_url=None) if request.param == "service" else Starlette()
    app.router.routes.extend(docs_routes('Throughline <"API">', document="/openapi.json"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://throughline") as client:
        yield client


async def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(client):
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "//" not in page.text
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page.text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "&lt;&quot;API&quot;&gt;" in page.text


async def test_everything_the_page_names_is_there(client):
    page = await client.get("/docs")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) == 5
    for path in named:
        asset = await client.get(path)
        assert asset.status_code == 200, path
        assert asset.content
        assert asset.headers["content-type"].split(";")[0] in {"text/css", "text/javascript", "image/png"}
    assert 'data-document="/openapi.json"' in page.text


async def test_our_own_files_name_no_other_place(client):
    for name in ("page.js", "page.css"):
        assert "//" not in (await client.get(f"/docs/assets/{name}")).text


@pytest.mark.parametrize("name", ["index.html", "swagger-initializer.js", "..%2f__init__.py", "%2e%2e/__init__.py"])
async def test_no_other_file_is_served(client, name):
    assert (await client.get(f"/docs/assets/{name}")).status_code == 404


async def test_it_can_draw_what_we_write(client):
    """Swagger UI before 5 declines a document of OpenAPI 3.1."""
    script = (await client.get("/docs/assets/swagger-ui-bundle.js")).text
    assert re.search(r'"5\.\d+\.\d+"', script)
    assert "OpenApi3_1" in script
