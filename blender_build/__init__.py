"""Writes the extension's zip: blender_addon/ with the client beside it, as `blender --command extension build` would.

The same files give the same bytes, on any machine.
"""

from __future__ import annotations

import fnmatch
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE, CLIENT = ROOT / "blender_addon", ROOT / "vfx_ai" / "client.py"
CLIENT_NAME = "vfx_ai_client.py"
MANIFEST = "blender_manifest.toml"
_WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_RIGHTS = 0o644 << 16


def contents() -> dict[str, bytes]:
    """What lies in the extension: name and bytes of each file, by rising name."""
    patterns = manifest()["build"]["paths_exclude_pattern"]
    found = {path.relative_to(SOURCE).as_posix(): path.read_bytes() for path in SOURCE.rglob("*") if path.is_file()}
    kept = {name: data for name, data in found.items() if not _is_excluded(name, patterns)}
    return dict(sorted({**kept, CLIENT_NAME: CLIENT.read_bytes()}.items()))


def manifest() -> dict[str, dict[str, list[str]]]:
    """The extension's manifest."""
    return tomllib.loads((SOURCE / MANIFEST).read_text(encoding="utf-8"))


def stage(folder: Path) -> Path:
    """Write the files into a folder, from which Blender itself can build or validate the extension."""
    for name, data in contents().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def build(folder: Path) -> Path:
    """Write the zip into a folder.

    Returns:
        Its path, named as Blender names it: id-version.zip.
    """
    about = manifest()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{about['id']}-{about['version']}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for name, data in contents().items():
            info = zipfile.ZipInfo(name, _WHEN)
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, _RIGHTS, 3
            made.writestr(info, data)
    return target


def _is_excluded(name: str, patterns: list[str]) -> bool:
    """Whether a pattern names a file, or, if it ends with a slash, a folder that it lies in."""
    *folders, file = name.split("/")
    return any(
        any(fnmatch.fnmatch(folder, one.rstrip("/")) for folder in folders)
        if one.endswith("/")
        else any(fnmatch.fnmatch(part, one) for part in (*folders, file))
        for one in patterns
    )
