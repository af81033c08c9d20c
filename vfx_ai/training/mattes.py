"""Mattes of a catalogue's shots, in a folder by the shots' names: what of them no training looks at."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vfx_ai.errors import InputError, JobError
from vfx_ai.matte.channels import read_matte
from vfx_ai.media import plate as plates
from vfx_ai.media.frame import BoolArray
from vfx_ai.media.sequence import Sequence, find_sequence
from vfx_ai.shot import MatteOptions
from vfx_ai.studio.catalogue import Shot
from vfx_ai.studio.catalogue_base import Catalogue
from vfx_ai.studio.model import is_inside
from vfx_ai.studio.read_shot import files_of
from vfx_ai.studio.rights import Clearance, cleared_shots
from vfx_ai.training.asked_train import Train, words_of


@dataclass(frozen=True)
class Cleared:
    """What of a selection may be learned from.

    Attributes:
        shots: which.
        mattes: of those that have one, by their name.
        masked: what these mattes cover, as it was said.
        found: why the others may not.
    """

    shots: tuple[Shot, ...]
    mattes: dict[str, Sequence]
    masked: tuple[str, ...]
    found: Clearance


def cleared_for_training(catalogue: Catalogue, asked: Train) -> Cleared:
    """Shots that may be learned from; what `masked` says counts for those alone that have a matte.

    Raises:
        RightsError: the ledger was changed. JobError: there is no such title, shot or territory, or no such folder.
        InputError: a matte can't be read.
    """
    masked = words_of(asked.masked)

    def judged(covered: tuple[str, ...]) -> Clearance:
        return cleared_shots(
            catalogue,
            "training",
            titles=words_of(asked.titles),
            tags=words_of(asked.tags),
            shots=words_of(asked.shots),
            territory=asked.territory,
            masked=covered,
        )

    bare = judged(())
    if not asked.mattes:
        return Cleared(bare.allowed, {}, (), bare)
    folder = Path(asked.mattes).expanduser()
    if not folder.is_dir():
        raise JobError("there is no such folder of mattes", file=folder, remedy="Give the folder that they lie in.")
    covered = judged(masked)
    whole = {shot.name: shot for shot in (*bare.allowed, *covered.allowed)}
    mattes = {name: matte for name, shot in whole.items() if (matte := matte_of(folder, shot)) is not None}
    plain = {shot.name for shot in bare.allowed}
    allowed = tuple(shot for name, shot in sorted(whole.items()) if name in plain or name in mattes)
    names = {shot.name for shot in allowed}
    # Those whose matte is missing are refused for what it would have covered.
    refused = tuple(one for one in bare.refused if one.shot not in names)
    used = {name: matte for name, matte in mattes.items() if name in names}
    return Cleared(allowed, used, masked, Clearance(allowed, refused))


def matte_of(folder: Path, shot: Shot) -> Sequence | None:
    """The matte of a shot: `FOLDER/<its name>.####.exr`, one file without a number, or a folder of its name.

    Raises:
        InputError: it can't be read, or lies in no folder of its own.
    """
    if not is_inside(shot.name):
        raise InputError(f"a shot is called {shot.name!r}, which no matte can be", file=folder)
    place = folder / shot.name
    if place.is_dir():
        return find_sequence(str(place), role="matte")
    # Not `<its name>.b.####.exr`, which is of a shot of that name.
    mine = re.compile(re.escape(place.name) + r"(?P<number>\.-?\d+)?(?P<ending>\.[^.]*[^.\d][^.]*)")
    names = sorted(path.name for path in place.parent.iterdir()) if place.parent.is_dir() else []
    found = next(filter(None, map(mine.fullmatch, names)), None)
    if found is None:
        return None
    return find_sequence(str(place) + (".####" if found["number"] else "") + found["ending"], role="matte")


def covered_by(matte: Sequence, shot: Shot, options: MatteOptions) -> Callable[[int], BoolArray]:
    """What a matte covers of a shot's frame, by its number: [H, W] bool.

    Raises:
        JobError: the shot is a movie. MissingFrameError, as it is called: the matte lacks a frame.
    """
    files = files_of(shot)  # of a movie no frame has a header that a matte could be laid on

    def look(number: int) -> BoolArray:
        info = plates.probe(files.path(number), number, "RGB", shot.colorspace)
        found = read_matte(
            matte.path(number),
            number,
            channel=options.channel,
            invert=options.invert,
            grow=options.grow,
            onto=info,
            window=info.data_window,
        )
        return found.hole

    return look
