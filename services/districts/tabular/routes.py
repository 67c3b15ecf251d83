"""The two operations by which a noun goes out and in as CSV, made for each from its table."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from services.districts.tabular.exporting import export
from services.districts.tabular.schemas import ACCEPTED, CSV_ANSWER, CSV_BODY, LARGEST_FILE, TableImport, TableQuery
from services.districts.tabular.service import take_in
from services.districts.tabular.sets import R
from services.districts.tabular.table import Table, W

Prefer = Annotated[str | None, Header(max_length=200, description="`respond-async`: as a job, however small the file")]


def add_table(to: APIRouter, table: Table[R, W], *, may_export: Any, may_import: Any) -> None:
    """Add them to a noun's router, before its routes with an id; the permissions are types, as everywhere."""

    async def export_rows(query: Annotated[TableQuery, Query()], unit: may_export) -> Response:
        """All that are not archived as CSV, in the form that the import takes."""
        return export(unit, table, query)

    async def import_rows(request: Request, unit: may_import, prefer: Prefer = None) -> TableImport | Response:
        """Put each row of a CSV file; what is not in the file is left alone.

        A row is known by its `id` or `external_key`, or else by what it says and since when. References are our ids, or
        `system:id` as in `?external_id=`. A bad row is reported and spoils no other; the same file again changes
        nothing.

        Above 1,000 rows, or with `Prefer: respond-async`, the answer is 202 and a job, whose `result` is what the
        answer for a small file is.
        """
        return await take_in(unit, table, request, prefer)

    name = table.noun.replace("-", "_")
    to.add_api_route(
        f"/v1/{table.noun}/export", export_rows, name=f"export_{name}", response_class=Response, responses=CSV_ANSWER
    )
    to.add_api_route(
        f"/v1/{table.noun}/import", import_rows, name=f"import_{name}", methods=["POST"], openapi_extra=CSV_BODY,
        max_body_size=LARGEST_FILE, response_model=TableImport, responses=ACCEPTED,
    )  # fmt: skip
