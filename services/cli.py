"""The `throughline` command. Each command imports what it needs itself, so that the whole starts at once."""

import asyncio
import json
import os
import sys
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from shared.local.attach import settle
from shared.local.children import LocalError
from shared.local.environment import DEFAULT_DATA_DIR, DEFAULT_HOST, DEFAULT_PORT, SERVICES


class Service(StrEnum):
    districts = "districts"
    observations = "observations"
    coaching = "coaching"
    analytics = "analytics"


class Worker(StrEnum):
    districts = "districts"
    observations = "observations"
    coaching = "coaching"
    analytics = "analytics"
    all = "all"


app = typer.Typer(
    help="Throughline: from a district's goals to what is seen in classrooms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
district = typer.Typer(help="The districts that are served here.", no_args_is_help=True)
client = typer.Typer(help="The programs that may call the API.", no_args_is_help=True)
app.add_typer(district, name="district")
audit = typer.Typer(help="The log of who did what.", no_args_is_help=True)
keys = typer.Typer(help="The keys that sign access tokens.", no_args_is_help=True)
app.add_typer(client, name="client")
app.add_typer(keys, name="keys")
app.add_typer(audit, name="audit")

Host = Annotated[str, typer.Option(envvar="THROUGHLINE_HOST", help="Address to listen on.")]
Port = Annotated[int, typer.Option(envvar="THROUGHLINE_PORT", min=1, max=65535, help="Port to listen on.")]
DataDir = Annotated[Path, typer.Option(envvar="THROUGHLINE_DATA_DIR", help="Folder of the servers and files.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
DATA_DIR = Path(DEFAULT_DATA_DIR)


@app.command()
def up(host: Host = DEFAULT_HOST, port: Port = DEFAULT_PORT, data_dir: DataDir = DATA_DIR) -> None:
    """Start everything on an empty or existing data folder, and keep it running until Ctrl-C."""
    listen = {"THROUGHLINE_HOST": host, "THROUGHLINE_PORT": str(port), "THROUGHLINE_DATA_DIR": str(data_dir)}
    # A new program in this process: the supervisor needs none of what the command has loaded.
    os.execve(sys.executable, [sys.executable, "-m", "services.up"], os.environ | listen)  # noqa: S606


@app.command()
def serve(service: Service, host: Host = DEFAULT_HOST, port: Port = DEFAULT_PORT, data_dir: DataDir = DATA_DIR) -> None:
    """Serve one service alone, with its /internal: no gateway may route that."""
    settle(data_dir)
    program = [sys.executable, "-m", "services.alone", service.value, host, str(port)]
    os.execve(sys.executable, program, os.environ)  # noqa: S606 - as `up`: 8 MB less


@app.command()
def work(service: Worker, data_dir: DataDir = DATA_DIR) -> None:
    """Do the background work of one service, or of all."""
    settle(data_dir)
    import uvloop

    from services.provision import settings_of
    from shared.clock import put_off
    from shared.jobs.worker import run
    from shared.logs import configure

    names = SERVICES if service is Worker.all else (service.value,)
    settings = settings_of(names[0])
    put_off(settings.clock_offset)
    configure(settings.log_level, json=settings.log_json)
    uvloop.run(run([import_module(f"services.{name}.jobs").WORK for name in names]))


@app.command()
def migrate(data_dir: DataDir = DATA_DIR) -> None:
    """Bring the schemas of all services up to date."""
    from shared.local.attach import servers_while_needed

    with servers_while_needed(data_dir):
        settle(data_dir)
        from services.provision import migrate_all

        asyncio.run(migrate_all())


@app.command()
def backup(
    keep_days: Annotated[int, typer.Option(min=1, help="Forget what only older instants than this need.")] = 30,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Copy the database and the files, as they run, into THROUGHLINE_ARCHIVE_DIR; prints where the copy is."""
    from services.backups import make_backup

    print(make_backup(data_dir, keep_days))


@app.command()
def restore(
    archive: Annotated[Path, typer.Option("--from", help="The archive that `up` and `backup` have filled.")],
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"],
            help="The instant, UTC if it says nothing else; the latest if not given.",
        ),
    ] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a new data folder as everything was at an instant; `throughline up` serves it."""
    from services.backups import make_restored

    make_restored(archive, data_dir, at)


@app.command()
def demo(
    *,
    schools: Annotated[int, typer.Option(min=3, help="24 teachers each; 125 make a district of 3,000.")] = 3,
    once: Annotated[bool, typer.Option("--once", help="End after the play instead of serving on.")] = False,
    host: Host = DEFAULT_HOST,
    port: Port = DEFAULT_PORT,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Play a district's year through the public API, on a synthetic district of its own."""
    os.environ |= {"THROUGHLINE_HOST": host, "THROUGHLINE_PORT": str(port)}
    from services.showing import play_demo

    play_demo(data_dir, schools=schools, once=once)


@district.command("create")
def create_district(
    name: Annotated[str, typer.Option(help="What people call the district.")],
    *,
    data_dir: DataDir = DATA_DIR,
    as_json: Json = False,
) -> None:
    """Make a district; prints its id."""
    settle(data_dir)
    from services.provision import new_district

    created = asyncio.run(new_district(name))
    show({"district_id": str(created)}, as_json=as_json)


@client.command("create")
def create_client(
    district_id: Annotated[UUID, typer.Option("--district", help="The district's id.")],
    name: Annotated[str, typer.Option(help="What people call the program.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; once for each scope, or `all`.")],
    *,
    data_dir: DataDir = DATA_DIR,
    as_json: Json = False,
) -> None:
    """Make a client of a district; prints its id and its secret, which is shown only now."""
    settle(data_dir)
    from services.provision import new_client

    client_id, client_secret = asyncio.run(new_client(district_id, name, scope))
    show({"client_id": client_id, "client_secret": client_secret}, as_json=as_json)


@audit.command("verify")
def verify_audit(
    *,
    service: Annotated[Service | None, typer.Option(help="One service; all if not given.")] = None,
    district_id: Annotated[UUID | None, typer.Option("--district", help="One district; all if not given.")] = None,
    expect: Annotated[
        Path | None, typer.Option(help="What an earlier --json printed: finds also what was cut off since.")
    ] = None,
    data_dir: DataDir = DATA_DIR,
    as_json: Json = False,
) -> None:
    """Walk the chains of audit rows and say where one is broken. Ends with 1 then."""
    settle(data_dir)
    from services.auditing import lines_of, marks_in, verify_all

    services = SERVICES if service is None else (service.value,)
    found = asyncio.run(verify_all(services, district_id, marks_in(expect) if expect else {}))
    print(json.dumps(found) if as_json else "\n".join(lines_of(found)))
    if found["faults"]:
        raise typer.Exit(1)


@keys.command("list")
def list_keys(*, data_dir: DataDir = DATA_DIR, as_json: Json = False) -> None:
    """Say which key signs, which will, and which only verifies what it signed."""
    settle(data_dir)
    from services.provision import signing_keys

    show(asyncio.run(signing_keys()), as_json=as_json)


@keys.command("rotate")
def rotate_keys(*, data_dir: DataDir = DATA_DIR, as_json: Json = False) -> None:
    """Publish a new key now; it signs a quarter of an hour later, when every service knows it. No token ends."""
    settle(data_dir)
    from services.provision import rotate_signing_key

    show(asyncio.run(rotate_signing_key()), as_json=as_json)


@keys.command("withdraw")
def withdraw_key(kid: Annotated[str, typer.Argument(help="The key's id.")], *, data_dir: DataDir = DATA_DIR) -> None:
    """Forget a key that others may have: every token that it signed ends, ten minutes later at most."""
    settle(data_dir)
    from services.provision import withdraw_signing_key

    asyncio.run(withdraw_signing_key(kid))


@app.command()
def openapi(
    output: Annotated[Path | None, typer.Option(help="File to write; standard output if not given.")] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Write the merged OpenAPI document of the four services."""
    settle(data_dir)
    from services.all_in_one import create_apps, document_of

    text = json.dumps(document_of(create_apps()), indent=1, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")


class Part(StrEnum):
    api = "api"
    worker = "worker"


@app.command()
def probe(part: Part, service: Service, port: Port = DEFAULT_PORT, data_dir: DataDir = DATA_DIR) -> None:
    """Ask this container's own part whether it serves; for health checks. Ends with 1 when it does not."""
    from services.probing import is_serving

    if not is_serving(part.value, service.value, port, data_dir):
        raise typer.Exit(1)


@app.command()
def gateway() -> None:
    """Print the gateway's nginx.conf, made from the path prefixes that the services declare."""
    from services.gateway import nginx

    print(nginx(), end="")


def show(answer: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer))
        return
    for name, value in answer.items():
        print(f"{name:<14} {value}")


def main() -> None:
    try:
        app()
    except LocalError as error:
        sys.exit(f"throughline: {error}")
    except Exception as error:
        reason = plain_reason(error)
        if reason is None:
            raise
        sys.exit(f"throughline: {reason}")


def plain_reason(error: Exception) -> str | None:
    """One line for what the person at the terminal can mend; None for a mistake of ours."""
    from pydantic import ValidationError

    from shared.errors import AppError

    if isinstance(error, ValidationError):
        return "; ".join(str(found["msg"]).removeprefix("Value error, ") for found in error.errors())
    if isinstance(error, AppError):
        return "; ".join([error.detail, *(f"{found.pointer} {found.message}" for found in error.errors)])
    return None


if __name__ == "__main__":
    main()
