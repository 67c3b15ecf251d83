"""Find a service's parts by its name, so that the command and the tests need no list of their own."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

from shared.settings import SERVICE_NAMES


def migrations_of(names: tuple[str, ...] = SERVICE_NAMES) -> dict[str, tuple[Path, MetaData]]:
    """Give the migrations folder and the tables of each service."""
    found = {}
    for name in names:
        package = import_module(f"services.{name}")
        metadata = import_tables(name)
        found[name] = (Path(str(package.__file__)).parent / "migrations", metadata)
    return found


def import_tables(name: str) -> MetaData:
    """Import every models.py of a service, so that its metadata is whole."""
    folder = Path(str(import_module(f"services.{name}").__file__)).parent
    for models in sorted(folder.glob("*/models.py")):
        import_module(f"services.{name}.{models.parent.name}.models")
    metadata: MetaData = import_module(f"services.{name}.tables").Table.metadata
    return metadata
