"""What a run says of color: what the plate's numbers mean, and how the report's pictures show their light."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vfx_ai.job import exposure_in_stops
from vfx_ai.media import color_config
from vfx_ai.media.color_space import Space
from vfx_ai.media.color_view import Viewer, exposure_for, viewer
from vfx_ai.media.frame import BoolArray, FloatArray
from vfx_ai.proof.record import ColorRecord
from vfx_ai.shot import Shot
from vfx_ai.steps.asked import Asked

PROBES = 3  # frames whose mid level is looked at, spread over the shot
PROBED_SIDE = 256  # pixels of them across, about


def space_of(shot: Shot) -> Space:
    """What the numbers of a shot's first frame mean."""
    return shot.infos[shot.plate.present[0]].space


def viewer_of(asked: Asked, shot: Shot) -> Viewer:
    """How pictures show a shot's light: the same for all of its frames, whichever were asked for.

    Raises:
        InputError: a frame can't be read, or the config can't show it.
    """
    return viewer_for(asked.job.exposure, shot)


def viewer_for(exposure: str, shot: Shot) -> Viewer:
    """The same, by a Job's `exposure`."""
    stops, why = exposure_in_stops(exposure), "as asked"
    if stops is None:
        stops, why = exposure_for(_probed(shot))
    return viewer(space_of(shot), stops, why)


def color_record(shot: Shot, shown: Viewer) -> ColorRecord:
    """What the report says of a shot's color."""
    space = space_of(shot)
    return ColorRecord(
        space=space.name,
        why=space.why,
        worked_in=space.light.name,
        curve_undone=not space.linear,
        config=color_config.described(),
        display=shown.display,
        view=shown.view,
        exposure=shown.stops,
        exposure_why=shown.why,
    )


def color_notes(shot: Shot) -> tuple[str, ...]:
    """What must be said if frames of one plate mean different things by their numbers."""
    names = dict.fromkeys(shot.infos[number].space.name for number in shot.plate.present)
    if len(names) == 1:
        return ()
    return (f"The plate's frames are of several color spaces, each read by its own: {'; '.join(names)}.",)


def _probed(shot: Shot) -> Iterator[tuple[FloatArray, BoolArray]]:
    numbers = shot.plate.present
    for index in sorted({round(i) for i in np.linspace(0, len(numbers) - 1, PROBES)}):
        # Not by way of a view: here the device's memory must not matter.
        frame, coverage = shot.frame(numbers[index]), shot.coverage(numbers[index])
        background = coverage[frame.data_window.slices(shot.canvas)] == 0
        step = max(1, frame.data_window.width // PROBED_SIDE)
        yield frame.pixels[::step, ::step], (frame.valid & background)[::step, ::step]
