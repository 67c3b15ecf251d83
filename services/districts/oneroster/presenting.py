"""One version of the standard as it is served: where, what its objects hold, and how strictly it reads `fields`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from fastapi import Request

from services.districts.oneroster.collections import Collection
from services.districts.oneroster.documents import BASE
from services.districts.oneroster.errors import BlankSelection, InvalidSelection
from services.districts.oneroster.grammar import fields_pattern
from services.districts.oneroster.objects import PREFIX, Part
from services.districts.settings import DistrictsSettings
from shared.runtime import Runtime

Convert = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Presentation:
    prefix: str
    objects: Mapping[str, Mapping[str, Part]]
    schema_prefix: str = PREFIX
    operation_prefix: str = "oneroster_"
    is_lenient: bool = False  # 1.1: what is not known in `fields` selects everything
    converted: Mapping[str, Convert] = field(default_factory=dict)
    homes: Mapping[str, str] = field(default_factory=dict)  # the prefixes of collections that another service serves
    takes_slashes: bool = True  # bare ones in an id; not where writes need to know which path it is
    between: str = "In"  # how the standard names what lies within two: getStudentsForClassInSchool

    def fields_pattern(self, collection: Collection) -> str:
        return r"[^,\s]" if self.is_lenient else fields_pattern(self.objects[collection.one])

    def selection(self, collection: Collection, fields: str | None) -> frozenset[str] | None:
        if fields is None:
            return None
        names = frozenset(name.strip() for name in fields.split(","))
        if not any(names):
            raise BlankSelection("fields is blank") if self.is_lenient else InvalidSelection("fields is blank")
        unknown = names.difference(self.objects[collection.one])
        if unknown and self.is_lenient:
            return None
        if unknown:
            raise InvalidSelection(f"{collection.one} has no {', '.join(sorted(unknown))[:200] or 'such field'}")
        return names

    def show(self, collection: Collection, body: bytes, names: frozenset[str] | None) -> bytes:
        """Keep the members that were asked for, in the form of this version, of documents parted by commas."""
        convert = self.converted.get(collection.one)
        if names is None and convert is None:
            return body
        documents = orjson.loads(b"[" + body + b"]")
        if convert is not None:
            documents = [convert(document) for document in documents]
        if names is not None:
            documents = [{name: v for name, v in row.items() if name in names} for row in documents]
        return orjson.dumps(documents)[1:-1]

    @property
    def one(self) -> str:
        return "{sourcedId:path}" if self.takes_slashes else "{sourcedId}"

    def base(self, settings: DistrictsSettings) -> str:
        return settings.public_url.rstrip("/") + self.prefix

    def addressed(self, settings: DistrictsSettings, body: bytes) -> bytes:
        """Put the public addresses into the links."""
        public = settings.public_url.rstrip("/")
        for path, prefix in self.homes.items():
            body = body.replace(BASE + f"/{path}/".encode(), f"{public}{prefix}/{path}/".encode())
        return body.replace(BASE, f"{public}{self.prefix}".encode())


def settings_of(request: Request) -> DistrictsSettings:
    return cast("DistrictsSettings", cast("Runtime", request.app.state.runtime).settings)
