"""New plates from shots of the studio's catalogue: cleared before they are read, entered in the ledger afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vfx_ai.errors import JobError
from vfx_ai.plates.generate import generate_plate
from vfx_ai.plates.generated import Generated
from vfx_ai.studio.catalogue import Shot, shot_named
from vfx_ai.studio.catalogue_base import Catalogue, opened
from vfx_ai.studio.read_shot import files_of
from vfx_ai.studio.results import Drawn
from vfx_ai.studio.rights import cleared

USE = "reference"


def generate_from_catalogue(
    like: tuple[str, ...], output: str, *, catalogue: str, territory: str = "world", masked: str = "", **fields: Any
) -> Generated:
    """Make a new plate of the same kind as shots of a catalogue; see `generate.generate_plate`.

    Args:
        like: names, numbers ("#12") or paths of shots of the catalogue.
        output: pattern of the result's files.
        catalogue: its folder.
        territory: where the plate is to be used: "world", or a country's code.
        masked: what the field `mask` keeps out, for the rights, with commas between: "faces,Jane Doe".
        fields: as `generate_plate` takes them.

    Raises:
        RightsError: a shot isn't cleared as a reference; nothing of it was read.
        VfxAiError: there is no such shot, or as `generate_plate`.
    """
    covered = [word.strip() for word in masked.split(",") if word.strip()]
    if covered and not fields.get("mask"):
        raise JobError(f"{masked!r} is said to be masked, and there is no mask", remedy="Give it with --mask.")
    with opened(catalogue) as base:
        shots = [_shot(base, name) for name in like]
        for shot in shots:
            # The mask is the first reference's.
            cleared(base, shot.name, USE, territory=territory, masked=covered if shot is shots[0] else ())
    paths = tuple(files_of(shot).pattern for shot in shots)
    folder = str(Path(catalogue).expanduser().absolute())
    return generate_plate(paths, output, drawn=Drawn(folder, tuple(shots), territory, tuple(covered)), **fields)


def _shot(catalogue: Catalogue, name: str) -> Shot:
    shot = shot_named(catalogue, name)
    if shot is None:
        row = catalogue.base.execute("SELECT name FROM shots WHERE path = ?", (name,)).fetchone()
        shot = shot_named(catalogue, row[0]) if row else None
    if shot is None:
        raise JobError(
            f"{name!r} is no shot of the catalogue",
            file=catalogue.folder,
            remedy="Give a name that `vfx-ai catalogue list` tells, add the footage, or leave --catalogue out.",
        )
    return shot
