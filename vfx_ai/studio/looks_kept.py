"""Thumbnails of the catalogue."""

from __future__ import annotations

from pathlib import Path

from vfx_ai.errors import InputError, OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.studio.catalogue import Shot
from vfx_ai.studio.catalogue_base import Catalogue


def thumbnail_of(catalogue: Catalogue, shot: Shot) -> bytes:
    """A JPEG of at most 256 pixels a side, through the display view.

    Raises:
        InputError: the catalogue has none.
    """
    row = catalogue.base.execute("SELECT thumbnail FROM looks WHERE shot_id = ?", (shot.id,)).fetchone()
    if row is None:
        raise InputError(f"there is no thumbnail of {shot.name}", file=catalogue.folder, remedy="Add the shot anew.")
    return bytes(row[0])


def write_thumbnail(catalogue: Catalogue, shot: Shot, target: str | Path) -> Path:
    """Write a shot's thumbnail.

    Raises:
        OutputError: it can't be written, or the name isn't a JPEG's.
    """
    path = Path(target).expanduser()
    if path.suffix.lower() not in (".jpg", ".jpeg"):
        raise OutputError("thumbnails are JPEG", file=path, remedy=f"Write {path.with_suffix('.jpg').name}.")
    with replacing(path) as beside:
        beside.write_bytes(thumbnail_of(catalogue, shot))
    return path
