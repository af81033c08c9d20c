"""Puts the plugin of a host in place and takes it out again: `vfx-ai install nuke`, `vfx-ai install blender`.

A plugin is a folder of its own with this client in it and worker.json, which says how the worker is started. Nuke
needs two lines in its init.py besides, between marks. What was there before comes back to the byte when it is removed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vfx_ai
from vfx_ai.client import CONFIG, misread, read_config
from vfx_ai.errors import JobError, OutputError

FOLDER = "vfx_ai"  # of the plugin; Blender wants it to be the extension's id
CLIENT = "vfx_ai_client.py"
LIST = "installed.json"  # which files are ours
SOURCES = {"nuke": "nuke_plugin", "blender": "blender_addon"}  # in a checkout; in a wheel vfx_ai/adapters/<host>
_NOT_COPIED = ("__pycache__", "*.pyc", ".*")
_OLDEST_BLENDER = (4, 2)

BEGIN = b"# vfx-ai begin: written by `vfx-ai install nuke`, taken out by its --remove"
END = b"# vfx-ai end"
LINES = (BEGIN, b"import nuke", b'nuke.pluginAddPath("./%s")' % FOLDER.encode(), END)


@dataclass(frozen=True)
class Installed:
    """What was done in one place.

    Attributes:
        host: "nuke" or "blender".
        folder: of the plugin.
        command: that starts the worker.
        left: files in the folder that aren't ours, and stayed when it was removed.
    """

    host: str
    folder: str
    command: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def install(host: str, folder: str = "", worker: Sequence[str] = ()) -> tuple[Installed, ...]:
    """Put a host's plugin in place, or renew it; what worker.json was changed to by hand stays.

    Args:
        host: "nuke" or "blender".
        folder: Nuke's folder of plugins, or Blender's of extensions; empty: the user's own, of each version of Blender.
        worker: the words that start the worker; none: this Python's vfx_ai.

    Returns:
        What was done in each place.

    Raises:
        JobError: there is no such host, or no folder of it.
        OutputError: the folder can't be written to, a file of somebody else stands there, or worker.json was changed so
            that it can't be read, and would be lost.
    """
    return tuple(_install(host, place, worker) for place in _places(host, folder))


def remove(host: str, folder: str = "") -> tuple[Installed, ...]:
    """Take a host's plugin out again; see `install`.

    Raises:
        JobError: there is none.
        OutputError: a file can't be removed.
    """
    there = [place for place in _places(host, folder) if (place / FOLDER / LIST).is_file()]
    if not there:
        where = ", ".join(str(place) for place in _places(host, folder))
        raise JobError(f"there is no vfx-ai in {where}", remedy="Name the folder with --dir.")
    return tuple(_remove(host, place) for place in there)


def source_of(host: str) -> Path:
    """The folder with a host's plugin, as it came with this package.

    Raises:
        JobError: there is no such host.
    """
    if host not in SOURCES:
        raise JobError(f"there is no plugin for {host!r}", remedy=f"Choose among {', '.join(SOURCES)}.")
    package = Path(str(vfx_ai.__file__)).resolve().parent
    packed = package / "adapters" / host
    return packed if packed.is_dir() else package.parent / SOURCES[host]


def _install(host: str, place: Path, worker: Sequence[str]) -> Installed:
    target, source = place / FOLDER, source_of(host)
    if not source.is_dir():
        raise JobError(f"the plugin for {host} didn't come with this vfx-ai", file=source, remedy="Install it again.")
    if not any(source.rglob("*.py")):
        raise JobError(f"there is no plugin for {host} yet", remedy="Use the command, or speak to `vfx-ai worker`.")
    with _told(target):
        ours = _read(target / LIST)
        if target.exists() and not ours and any(target.iterdir()):
            raise OutputError(
                "a folder that isn't ours stands there", file=target, remedy="Move it away, or name another --dir."
            )
        fault = misread(str(target / CONFIG))
        if fault:
            raise OutputError(fault, remedy="Mend that file (a backslash is written twice in it), or delete it.")
        before = read_config(str(target / CONFIG))
        if ours:
            _remove(host, place)
        command = list(worker) or _changed(before, ours) or [sys.executable, "-m", "vfx_ai", "worker"]
        made = [str(folder) for folder in (place, *place.parents) if not folder.exists()]
        target.mkdir(parents=True, exist_ok=True)
        copied = [path.relative_to(source).as_posix() for path in _files(source)]
        init = _add_lines(place / "init.py") if host == "nuke" else {}
        chosen = bool(worker or _changed(before, ours))
        told = {
            "version": vfx_ai.__version__,
            "command": [] if chosen else command,
            "files": [*copied, CLIENT, CONFIG, LIST],
            "made": made,
        }
        _write(target / LIST, {**told, **init})  # first, so that what breaks off can be removed
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        shutil.copyfile(Path(str(vfx_ai.__file__)).with_name("client.py"), target / CLIENT)
        _write(target / CONFIG, {"command": command, "paths": before.get("paths", [])})
    return Installed(host, str(target), tuple(command))


def _changed(config: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """The worker's command if somebody chose it, by hand or when it was installed."""
    command = config.get("command") or []
    return list(command) if ours and command != ours.get("command") else []


def _remove(host: str, place: Path) -> Installed:
    target = place / FOLDER
    with _told(target):
        ours = _read(target / LIST)
        if host == "nuke":
            _take_lines(place / "init.py", ours)
        for name in ours.get("files", []):
            path = target / name
            path.unlink(missing_ok=True)
            for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
                compiled.unlink()
        folders = [path for path in target.rglob("*") if path.is_dir()]
        for folder in [*sorted(folders, reverse=True), target]:
            if not any(folder.iterdir()):
                folder.rmdir()
        left = [str(path) for path in target.rglob("*") if path.is_file()]
        with suppress(OSError):  # folders that were made for it, as far as nothing else is in them
            for made in ours.get("made", []):
                Path(made).rmdir()
    return Installed(host, str(target), left=tuple(left))


def _add_lines(init: Path) -> dict[str, Any]:
    """Let Nuke know of the folder; what a removal must know."""
    made = not init.exists()
    before = b"" if made else init.read_bytes()
    if BEGIN in before:
        return {}
    end = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before or before.endswith(b"\n") else end
    _replace(init, before + gap + end.join(LINES) + end)
    return {"made_init": made, "gap": len(gap)}


def _take_lines(init: Path, ours: dict[str, Any]) -> None:
    if not init.is_file():
        return
    gap = int(ours.get("gap", 0))
    before = init.read_bytes()
    after = re.sub(
        (rb"[\r\n]{%d}" % gap if gap else b"") + re.escape(BEGIN) + rb".*?" + re.escape(END) + rb"\r?\n?",
        b"",
        before,
        count=1,
        flags=re.DOTALL,
    )
    if not after and ours.get("made_init"):
        init.unlink()
    elif after != before:
        _replace(init, after)


def _replace(init: Path, data: bytes) -> None:
    """Write what is the user's: all of it or, if that fails, nothing. A link stays one, and rights stay as they are."""
    place = init.resolve()
    beside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(data)
        if place.exists():
            shutil.copymode(place, beside)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)


def _files(source: Path) -> Iterator[Path]:
    for path in sorted(source.rglob("*")):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(source).parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path


def _places(host: str, folder: str) -> list[Path]:
    """The folders in which the plugin's own folder lies."""
    source_of(host)
    if folder:
        return [Path(folder).expanduser().absolute()]
    if host == "nuke":
        return [_nukes_home() / ".nuke"]
    found = sorted(place for place in _blender_settings().glob("*") if _version(place.name) >= _OLDEST_BLENDER)
    if not found:
        raise JobError(
            f"no settings of Blender 4.2 or newer are in {_blender_settings()}",
            remedy="Start Blender once, or name its folder of extensions with --dir.",
        )
    return [place / "extensions" / "user_default" for place in found]


def _nukes_home() -> Path:
    """Where Nuke looks for the user's folder: on Windows, too, where HOME says, which Python doesn't ask there."""
    told = os.environ.get("HOME", "")
    return Path(told) if sys.platform == "win32" and told else Path.home()


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".")) if re.fullmatch(r"\d+\.\d+", name) else ()


def _blender_settings() -> Path:
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "Blender Foundation" / "Blender"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Blender"
    return Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "blender"


def _read(path: Path) -> dict[str, Any]:
    return read_config(str(path))


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"the plugin can't be put there or taken away: {error.strerror or error}",
            file=error.filename or target,
            remedy="Check the folder's rights; close the host if it runs.",
        ) from None
