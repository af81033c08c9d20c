"""The first step of a run: how the background moves, where the camera stood, and which engines fill, in which order.

All of it is kept in the analysis folder, so that a second run, or another machine, finds the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path

import numpy as np

from vfx_ai.claim import in_turn
from vfx_ai.device import refuse_unless_cpu_can_help
from vfx_ai.errors import InputError
from vfx_ai.fill import ENGINES, SMOOTHLY, STANDING, TEXTURE, TRAVELLING, TURNING, effects, finds_by, ladder, tried_for
from vfx_ai.fill.places import CELL, favorites
from vfx_ai.fill.trial import Choice, Trial, trial
from vfx_ai.finish.grain import Grain, measure
from vfx_ai.job import Edited
from vfx_ai.media.atomic import replacing
from vfx_ai.motion.camera import Camera, keep_solved, read_solved, why_solved
from vfx_ai.motion.given import given_camera, given_focal
from vfx_ai.motion.solve import solve
from vfx_ai.motion.survey import Motion, survey
from vfx_ai.proof.wording import ranges
from vfx_ai.shot import Shot
from vfx_ai.steps.asked import Asked
from vfx_ai.steps.frame import open_on_cpu
from vfx_ai.telling import Teller


def analysed(asked: Asked, shot: Shot, tell: Teller, *, dense: bool) -> tuple[Shot, Motion, Choice, Grain | None]:
    """What `analyse` and `measured_grain` give; several processes that come at once don't do it twice.

    Args:
        asked, shot, tell, dense: as for `analyse`.
    """

    def found() -> tuple[Shot, Motion, Choice, Grain | None]:
        after, motion, choice = analyse(asked, shot, tell, dense=dense)
        if asked.job.effects and dense:
            after = _effects(asked, after, motion, choice, tell)
        return after, motion, choice, measured_grain(asked, after, motion, tell)

    beside = "-effects" if asked.job.effects else ""
    whole = asked.folder.analysis / f"whole-{asked.job.engine}-{asked.job.grain}{beside}.txt"
    if whole.exists():
        return found()
    with in_turn(asked.folder.turn, lambda: wait_for_analysis(tell)):
        made = found()
        if dense:
            whole.touch()
    return made


def wait_for_analysis(tell: Teller) -> None:
    """Say that another process is at it; ends with Interrupted if the run is to be stopped."""
    tell.stage("analyse", 1, 0, "another process analyses this shot; waiting for it")


def analyse(asked: Asked, shot: Shot, tell: Teller, *, dense: bool) -> tuple[Shot, Motion, Choice]:
    """Write what the engines need to the analysis folder; if the device's memory runs out, by the CPU.

    Args:
        asked, shot, tell: of the run.
        dense: also what only frames that are yet to be done need.

    Returns:
        The shot to go on with, its survey, and the engines.
    """
    if isinstance(asked.job, Edited):  # each frame is made of itself alone, and there may be nothing around its hole
        return shot, Motion("locked", shot.numbers, (), (), 0.0), Choice((), "it changes what is there")
    try:
        motion = surveyed(asked, shot, tell)
        choice = _read_choice(asked) if finds_by(asked.job.engine) == "auto" else None
        if choice is None or dense:
            choice = _prepared(asked, shot, motion, tell, choice)
        return shot, motion, choice
    except (RuntimeError, MemoryError) as error:
        refuse_unless_cpu_can_help(error, shot.device)
    return analyse(asked, open_on_cpu(asked, shot, tell), tell, dense=dense)


def _prepared(asked: Asked, shot: Shot, motion: Motion, tell: Teller, choice: Choice | None) -> Choice:
    """Let each engine that may be needed analyse the shot, and choose if that isn't done."""
    folder, name = asked.folder.analysis, finds_by(asked.job.engine)
    if name == TEXTURE:
        return Choice((), "it was asked for: no frame lends its pixels")
    standing = motion.kind == "locked"
    if name == "auto" and standing and len(tried_for(STANDING)) == 1:
        return _kept(asked, choice or Choice(tried_for(STANDING), _moves(motion)))
    path = name == "project" or (name == "auto" and not standing)
    camera = _camera(asked, shot, motion, tell) if path else None
    if name == "project":
        choice = _as_asked(shot, camera, tell)
    elif name != "auto":
        choice = Choice((name,), "it was asked for")
    does = STANDING if standing else TRAVELLING if camera else TURNING
    needed = choice.needed if choice else tried_for(does)
    for engine in needed:
        row = ENGINES[engine]
        import_module(row.module).analyse(shot, motion, folder, tell.steps("analyse", row.analyses))
        _tell_of_layers(folder, engine, tell)
    if choice:
        return choice
    tell.stage("analyse", 1, 0, "the engines are tried where the answer is known")
    ready = {e: import_module(ENGINES[e].module).ready(shot, motion, folder) for e in needed}
    trials, places = trial(shot, ready)
    apart = camera is not None and not all(camera.knows(n) for n in shot.numbers)
    choice = Choice(_order(trials, needed, apart=apart), _reason(trials, motion), tuple(trials), places)
    cell = CELL * shot.width / shot.working_size[1]
    return _kept(asked, replace(choice, why=choice.why + _elsewhere(choice, motion, cell)))


def _effects(asked: Asked, shot: Shot, motion: Motion, choice: Choice, tell: Teller) -> Shot:
    """Look for what the object leaves beside its matte, unless that is done; gives the shot to go on with."""
    folder, engine = asked.folder.analysis, finds_by(asked.job.engine)
    if effects.file_in(folder, engine).exists():
        return shot
    try:
        engines = ladder.ready(shot, motion, folder, choice)
        effects.analyse(shot, engines, folder, engine, tell.steps("analyse", "what the object leaves beside its matte"))
        return shot
    except (RuntimeError, MemoryError) as error:
        refuse_unless_cpu_can_help(error, shot.device)
    return _effects(asked, open_on_cpu(asked, shot, tell), motion, choice, tell)


ALIKE = 3.0  # dB: an engine that is so much worse than the best would spoil what that left open


def _as_asked(shot: Shot, camera: Camera | None, tell: Teller) -> Choice:
    """Engine project, and flow for the frames without a camera."""
    if camera is None:
        tell.note("Engine project needs a camera; without one the shot is filled by flow.", "warning")
        return Choice(("flow",), "project was asked for, but there is no camera")
    known = all(camera.knows(n) for n in shot.numbers)
    return Choice(("project",) if known else ("project", "flow"), "it was asked for")


CLEARLY = 2.0  # dB: real pixels go first unless a smooth fill is so much nearer to the truth
_LAYERS = {"project": "depth", "flow": "flow"}  # where an engine's analysis says whether it used layers of the plate


def _tell_of_layers(folder: Path, engine: str, tell: Teller) -> None:
    """Note whether layers of the plate told of depth or motion, where it has any."""
    with suppress(OSError):
        told = (folder / _LAYERS.get(engine, "") / "layer.txt").read_text(encoding="utf-8")
        if told:
            tell.note(told)


def _camera(asked: Asked, shot: Shot, motion: Motion, tell: Teller) -> Camera | None:
    """The shot's camera, from the job's file or solved, unless the analysis folder has it."""
    folder, job = asked.folder.analysis, asked.job
    if why_solved(folder) is None:
        if job.camera:
            keep_solved(folder, given_camera(job.camera, job.focal, shot), f"from {job.camera}")
        else:
            focal = given_focal(job.focal, shot)
            solve(shot, motion, focal, folder, tell.steps("analyse", "the camera"))
    camera, why = read_solved(folder), why_solved(folder)
    if camera is None:
        tell.note(f"There is no camera for this shot: {why}.")
        return None
    lost = [n for n in shot.numbers if not camera.knows(n)]
    tell.note(f"The camera: {why}.")
    if lost:
        tell.note(f"{len(lost)} frames have no camera and are filled by flow: {ranges(lost)}.", "warning")
    return camera


def _order(trials: Sequence[Trial], needed: tuple[str, ...], *, apart: bool) -> tuple[str, ...]:
    """The engines that did about as well as the best, in that order; none where a smooth fill did clearly better.

    Args:
        trials: the best first.
        needed: the engines, where none could be tried.
        apart: some frames have no camera: flow is kept for them, however it did.
    """
    smooth = next((t for t in trials if t.engine == SMOOTHLY), None)
    if smooth is None:
        return needed
    tried = [t for t in trials if t is not smooth]
    least = max(tried[0].psnr - ALIKE, smooth.psnr - CLEARLY)
    return tuple(t.engine for t in tried if t.psnr > least or (apart and t.engine == "flow"))


def _reason(trials: Sequence[Trial], motion: Motion) -> str:
    if not trials:
        return f"{_moves(motion)}; too little is seen around the hole to try the engines"
    did = ", ".join(f"{t.engine} {t.psnr:.1f} dB" for t in trials)
    return f"{_moves(motion)}; best where the answer is known: {did}"


def _moves(motion: Motion) -> str:
    if motion.kind == "locked":
        return f"the camera stands still (a corner moves {motion.farthest:.2f} px at most)"
    return f"the camera moves (a corner by {motion.farthest:.0f} px or more)"


def _elsewhere(choice: Choice, motion: Motion, cell: float) -> str:
    """Which engines go first in parts of the shot, and in how much of what was hidden for the trial."""
    pixels = dict.fromkeys(choice.names[1:], 0)
    for frame in sorted({place.frame for place in choice.places}):
        there = [place for place in choice.places if place.frame == frame]
        x, y = (np.array([getattr(place, side) for place in there]) for side in "xy")
        first = favorites(choice.places, choice.names, motion, frame, x, y, cell)
        for place, index in zip(there, first.tolist(), strict=True):
            if index:
                pixels[choice.names[index]] += place.pixels
    total = sum(place.pixels for place in choice.places)
    told = [f"{name} in {100 * count / total:.0f} % of it" for name, count in pixels.items() if count]
    return f"; clearly better in parts: {', '.join(told)}" if told else ""


def surveyed(asked: Asked, shot: Shot, tell: Teller) -> Motion:
    """The survey of the shot, from the analysis folder if it is there, else put there.

    Raises:
        InputError: the matte covers everything.
    """
    path = asked.folder.analysis / "motion.json"
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):  # not there, or damaged: made anew
        return Motion.from_dict(json.loads(path.read_text(encoding="utf-8")))
    if not any(bool(shot.seen(n).any()) for n in shot.numbers):
        raise InputError(
            "the matte covers every pixel of every frame",
            file=asked.job.matte or asked.job.plate,
            remedy="Use --matte-invert if the matte is white where the background is.",
        )
    motion = survey(shot, tell.steps("analyse", "how the camera moves"))
    with replacing(path) as beside:
        beside.write_text(json.dumps(motion.to_dict()), encoding="utf-8")
    return motion


def measured_grain(asked: Asked, shot: Shot, motion: Motion, tell: Teller) -> Grain | None:
    """The plate's grain, from the analysis folder if it is there; None where the job doesn't match it."""
    if asked.job.grain != "match":
        return None
    if len(shot.plate.present) < 2:
        tell.note("Grain is measured between frames, and the plate has but one: the fill gets none.")
    path = asked.folder.analysis / "grain.json"
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):  # not there, or damaged: made anew
        return Grain.from_dict(json.loads(path.read_text(encoding="utf-8")))
    tell.stage("analyse", 1, 0, "the plate's grain")
    grain = measure(shot, motion)
    with replacing(path) as beside:
        beside.write_text(json.dumps(grain.to_dict()), encoding="utf-8")
    return grain


def _read_choice(asked: Asked) -> Choice | None:
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        return Choice.from_dict(json.loads((asked.folder.analysis / "engines.json").read_text(encoding="utf-8")))
    return None


def _kept(asked: Asked, choice: Choice) -> Choice:
    with replacing(asked.folder.analysis / "engines.json") as beside:
        beside.write_text(json.dumps(asdict(choice)), encoding="utf-8")
    return choice
