"""Opens a roster's zip without trusting it: which files are there, in which mode, and nothing that a bomb could use.

No member is ever unpacked to disk; sizes and ratios are checked before the first byte is inflated, and Python's zipfile
stops at the declared size. What comes out is read in pieces.
"""

import copy
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from services.districts.roster_imports.errors import RosterUnreadable
from services.districts.roster_imports.files import ABSENT, BULK, BY_LOWER, DELTA, KEPT, LATER

PIECE = 1 << 18
_ENCRYPTED = 0x1
_SMALL = 1 << 20  # a ratio says nothing about less than this
_MANIFEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    members: int = 500
    member_bytes: int = 8 << 30
    total_bytes: int = 16 << 30
    ratio: int = 150
    line_bytes: int = 1 << 20


@dataclass
class Archive:
    """An opened roster: `modes` names the files to apply, in no order; `ignored` those that are there and not kept."""

    zip: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]
    version: str
    modes: dict[str, str]
    ignored: tuple[str, ...]
    limits: Limits
    warnings: list[str] = field(default_factory=list)
    has_roles_in_users: bool = False  # as in 1.1

    def leave_out(self, names: Collection[str]) -> None:
        """Treat these files as if they were not kept."""
        for name in names:
            self.modes.pop(name, None)
        self.ignored = tuple(sorted({*self.ignored, *names}))

    def size(self, name: str) -> int:
        return self.members[name].file_size if name in self.members else 0

    def pieces(self, name: str) -> Iterator[bytes]:
        """Give a file's bytes, without a byte order mark, in pieces; refuse a line that no roster has."""
        since_newline = 0
        with self.zip.open(self.members[name]) as member:
            piece = _read(member, name).removeprefix(b"\xef\xbb\xbf")
            while piece:
                at = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
                since_newline = len(piece) - at - 1 if at >= 0 else since_newline + len(piece)
                if since_newline > self.limits.line_bytes:
                    raise RosterUnreadable(f"{name}.csv has a line of more than {self.limits.line_bytes:,} bytes")
                yield piece
                piece = _read(member, name)

    def packed(self, name: str) -> Iterator[bytes]:
        """Give a file's size and its bytes as they are packed, which is far quicker than what is in them."""
        info = self.members[name]
        yield f"{info.compress_type} {info.file_size} ".encode()
        stored = copy.copy(info)
        stored.compress_type, stored.file_size = zipfile.ZIP_STORED, info.compress_size
        del stored.CRC  # it is of the bytes inside
        with self.zip.open(stored) as member:
            while piece := _read(member, name):
                yield piece


def _read(member: IO[bytes], name: str) -> bytes:
    try:
        return member.read(PIECE)
    except (zipfile.BadZipFile, EOFError, zlib.error, OSError) as error:
        raise RosterUnreadable(f"{name}.csv is damaged: {error}") from error


def open_archive(source: Path | IO[bytes], limits: Limits) -> Archive:
    """Open the zip, refuse what is no roster, and read the manifest. Close the archive after use."""
    try:
        opened = zipfile.ZipFile(source)
    # The last is what zipfile raises for a zip of a later version than it reads: theirs to mend, no gap of ours.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RosterUnreadable(f"this is not a zip file: {error}") from error
    try:
        return _looked_at(opened, limits)
    except BaseException:
        opened.close()
        raise


def _looked_at(opened: zipfile.ZipFile, limits: Limits) -> Archive:
    members = _members(opened, limits)
    if not members.keys() & (KEPT.keys() | {"manifest"}):
        raise RosterUnreadable("the zip holds no OneRoster file (orgs.csv, users.csv, enrollments.csv ...)")
    archive = Archive(opened, members, "", {}, (), limits)
    stated = _manifest(archive)
    archive.version = _version(archive, stated.get("oneroster.version", ""))
    archive.modes = _modes(archive, stated)
    if archive.version == "1.1" and "users" in archive.modes and "roles" not in archive.modes:
        archive.has_roles_in_users = _names_roles(archive)
        if not archive.has_roles_in_users:
            archive.warnings.append("users.csv has no column role: roles were left alone")
    archive.ignored = tuple(sorted(name for name in LATER if name in members))
    return archive


def _members(opened: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    infos = opened.infolist()
    if len(infos) > limits.members:
        raise RosterUnreadable(f"the zip holds {len(infos):,} files; at most {limits.members} are taken")
    if sum(info.file_size for info in infos) > limits.total_bytes:
        raise RosterUnreadable(f"unpacked the zip would be larger than {limits.total_bytes >> 20:,} MiB")
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        name = BY_LOWER.get(path.stem.strip().lower()) if path.suffix.lower() == ".csv" else None
        if name is None or info.is_dir() or "__MACOSX" in path.parts or path.name.startswith("."):
            continue
        if name in found:
            raise RosterUnreadable(f"{name}.csv is in the zip twice")
        if info.flag_bits & _ENCRYPTED:
            raise RosterUnreadable(f"{name}.csv is encrypted")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise RosterUnreadable(f"{name}.csv is packed by a method other than deflate")
        if info.file_size > limits.member_bytes:
            raise RosterUnreadable(f"{name}.csv would be larger than {limits.member_bytes >> 20:,} MiB")
        if info.file_size > _SMALL and info.file_size > limits.ratio * max(1, info.compress_size):
            raise RosterUnreadable(f"{name}.csv is packed more than {limits.ratio} to 1, as no roster is")
        found[name] = info
    return found


def _manifest(archive: Archive) -> dict[str, str]:
    if "manifest" not in archive.members:
        archive.warnings.append("manifest.csv is missing: every file was taken as bulk")
        return {}
    if archive.size("manifest") > _MANIFEST_BYTES:
        raise RosterUnreadable("manifest.csv is far too large")
    text = b"".join(archive.pieces("manifest")).decode("utf-8", "replace")
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text.replace("\r", "\n")))]
    except csv.Error as error:
        raise RosterUnreadable(f"manifest.csv cannot be read: {error}") from error
    return {row[0].lower(): row[1].lower() for row in rows if len(row) > 1}


def _version(archive: Archive, stated: str) -> str:
    if stated.startswith("1.2"):
        return "1.2"
    if stated.startswith(("1.1", "1.0")):
        return "1.1"
    if stated:
        raise RosterUnreadable(f"manifest.csv says OneRoster {stated}; 1.1 and 1.2 are taken")
    return "1.1" if "roles" not in archive.members and _names_roles(archive) else "1.2"


def _names_roles(archive: Archive) -> bool:
    """Say whether users.csv tells roles, too; without its column nothing is known of them, and none has ended."""
    if "users" not in archive.members:
        return False
    start = next(archive.pieces("users"), b"").lower()
    header = re.split(rb"[\r\n]", start, maxsplit=1)[0].split(b",")
    return not start.strip(b' \t\r\n",') or b"role" in {cell.strip(b' \t"') for cell in header}


def _modes(archive: Archive, stated: dict[str, str]) -> dict[str, str]:
    """Find the mode of each file: as the manifest says, or like its neighbours where the manifest is silent."""
    said = {name: stated.get(f"file.{name}".lower(), "") for name in KEPT}
    silent = DELTA if DELTA in said.values() else BULK
    modes: dict[str, str] = {}
    for name, mode in said.items():
        is_there = name in archive.members
        if mode in {BULK, DELTA}:
            if not is_there:
                raise RosterUnreadable(f"manifest.csv says {name}.csv is {mode}, but it is not in the zip")
            modes[name] = mode
        elif mode == ABSENT and is_there:
            archive.warnings.append(f"{name}.csv was left alone: manifest.csv says it is absent")
        elif mode and mode != ABSENT:
            raise RosterUnreadable(f"manifest.csv says {name}.csv is {mode!r}; it can be bulk, delta or absent")
        elif is_there and not mode:
            archive.warnings.append(f"manifest.csv does not name {name}.csv: it was taken as {silent}")
            modes[name] = silent
    return modes
