"""Whether every frame of a result is its plate outside of the matte: sequences by name, as a run is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from vfx_ai.errors import VerifyError, VfxAiError
from vfx_ai.matte.channels import read_matte
from vfx_ai.media import plate as plate_files
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.made_layer import is_of
from vfx_ai.media.output import made_beside
from vfx_ai.media.result import read_effects
from vfx_ai.media.sequence import Sequence, find_sequence
from vfx_ai.proof.made import off_layer
from vfx_ai.proof.verify import FrameVerdict, verify_frame


def verify_sequences(
    plate: str,
    result: str,
    matte: str,
    *,
    channel: str = "",
    invert: bool = False,
    grow: str = "0",
    objects: str = "",
    objects_layer: str = "",
    layer: str = "RGB",
    layers: str = "",
    missing: str = "error",
    colorspace: str = "",
    effects: bool = False,
) -> tuple[FrameVerdict, ...]:
    """Compares every frame of a result with its plate, outside of the matte; the options are those of the run.

    Args:
        plate, result: sequences, in any spelling.
        matte: a sequence or one held file; "": `channel` or `objects` of the plate itself.
        effects: what the result names in matte.effects may differ as well.

    Returns:
        A verdict for every frame of the result. A frame whose result can't be read has that as its finding.

    Raises:
        VfxAiError: a sequence isn't there, or a plate or a matte can't be read.
        VerifyError: the result has frames that the plate hasn't.
    """
    shot = find_sequence(plate, missing=missing)
    made = find_sequence(result, missing="hold", role="result")
    holes = find_sequence(matte, missing=missing, role="matte") if matte else shot
    numbers = made.present
    if made.single and len(shot.frames) == 1:
        numbers = shot.frames
    foreign = [number for number in numbers if number not in shot.frames]
    if foreign:
        raise VerifyError(
            "the result has a frame that the plate hasn't",
            file=result,
            frame=foreign[0],
            remedy="Check both names.",
        )
    options = {"channel": channel, "invert": invert, "grow": grow, "objects": objects, "objects_layer": objects_layer}
    named = (layer, layers, colorspace, effects)
    return tuple(_verify_number(number, shot, made, holes, named, options) for number in numbers)


def _verify_number(
    number: int,
    shot: Sequence,
    result: Sequence,
    matte: Sequence,
    named: tuple[str, str, str, bool],
    options: dict[str, Any],
) -> FrameVerdict:
    layer, layers, colorspace, effects = named
    info = plate_files.probe(shot.path(number), number, layer, colorspace)
    chosen, window = plate_files.pick_layer(info, layer), info.data_window
    beside = plate_files.find_planes(shot.path(number), number, chosen, layers)
    planes = [plane for plane in beside if plane.window == window]
    if matte.is_black(number):
        hole = np.zeros((window.height, window.width), bool)
    else:
        hole = read_matte(matte.path(number), number, onto=info, window=window, **options).hole
    black = shot.is_black(number)
    try:
        if effects:
            hole = hole | read_effects(result.path(number), number, chosen, hole.shape)
        verdict = verify_frame(
            shot.path(number),
            result.path(number),
            number,
            chosen,
            hole,
            window,
            planes=planes,
            black=black,
            space=info.space,
        )
        if not is_exr(file := result.path(number)):
            return verdict
        aside = [path for path in made_beside(result, number) if is_of(path, file, number, chosen)]
        off = (found for path in aside for found in off_layer(path, file, number, chosen))
        return replace(verdict, findings=(*verdict.findings, *off))
    except VfxAiError as error:
        return FrameVerdict(number, 0, (str(error),))
