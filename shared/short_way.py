"""The short way of hot operations: from the route table to the endpoint, past what FastAPI builds for each request.

FastAPI keeps three exit stacks, two handlers of exceptions and a general solver of dependencies for every request. A
hot operation has no use for them: one permission, a few parameters, a response of its own making. What that saves
(docs/performance.md) earns this second way its place. It gives the same answers: the parameters are validated by
FastAPI's own function, errors are written by the same handlers, and a route that needs anything else (a body model, a
response model, a dependency more) goes FastAPI's way by itself.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi._compat import field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

Endpoint = Callable[..., Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class ShortWay:
    """What FastAPI has found out about an endpoint, as far as a hot one needs it."""

    endpoint: Endpoint
    permission: Endpoint
    unit_name: str
    request_name: str | None
    path: Sequence[Any]
    query: Sequence[Any]
    defaults: dict[str, Any]  # of the query parameters that may be left out

    async def __call__(self, request: Request) -> Response:
        values: dict[str, Any] = {self.unit_name: await self.permission(request)}
        if self.request_name is not None:
            values[self.request_name] = request
        errors: list[Any] = []
        if self.path:
            found, errors = request_params_to_args(self.path, request.path_params)
            values |= found
        if self.query:
            values |= self.defaults
            if request.scope["query_string"] or len(self.defaults) < len(self.query):
                errors = errors + self._ask(request, values)
        if errors:
            raise RequestValidationError(errors)
        return await self.endpoint(**values)

    def _ask(self, request: Request, values: dict[str, Any]) -> list[Any]:
        given, errors = request.query_params, []
        for field in self.query:
            if field.name not in self.defaults:
                found, faults = request_params_to_args([field], given)
                values |= found
            elif field.alias in given:  # one value by one name: what that function comes to for it
                values[field.name], faults = field.validate(given[field.alias], values, loc=("query", field.alias))
            else:
                continue
            errors += faults
        return errors


def short_way(route: APIRoute) -> ShortWay | None:
    """Give the short way to this route's endpoint, or None where it needs what only FastAPI's own way has."""
    asked, endpoint = route.dependant, route.endpoint
    is_plain = (
        len(asked.dependencies) == 1
        and not (asked.body_params or asked.header_params or asked.cookie_params)
        and _takes_no_more(asked)
        and route.body_field is None
        and route.max_body_size is None
        and inspect.iscoroutinefunction(endpoint)
        and inspect.signature(endpoint).return_annotation is Response
    )
    if not is_plain or not _is_hot(asked.dependencies[0]):
        return None
    permission = asked.dependencies[0]
    plain = [field for field in asked.query_params if _may_be_left_out(field)]
    return ShortWay(
        endpoint=endpoint,
        permission=permission.call,  # type: ignore[arg-type]  # checked by _is_hot
        unit_name=str(permission.name),
        request_name=asked.request_param_name,
        path=asked.path_params,
        query=asked.query_params,
        defaults={field.name: field.default for field in plain},
    )


def _is_hot(permission: Dependant) -> bool:
    needs = permission.path_params or permission.query_params or permission.header_params or permission.dependencies
    is_hot = getattr(permission.call, "throughline_is_hot", False)
    return bool(is_hot) and not needs and permission.request_param_name == "request" and permission.name is not None


def _takes_no_more(asked: Dependant) -> bool:
    names = ("websocket_param_name", "http_connection_param_name", "response_param_name",
             "background_tasks_param_name", "security_scopes_param_name")  # fmt: skip
    return not any(getattr(asked, name) for name in names)


def _may_be_left_out(field: Any) -> bool:
    """Say whether it is one value, and its absence the default and nothing else: no model, which has members."""
    kind = field.field_info.annotation
    is_plain = not (inspect.isclass(kind) and issubclass(kind, BaseModel)) and not field_annotation_is_sequence(kind)
    return is_plain and not field.field_info.is_required() and field.field_info.default_factory is None
