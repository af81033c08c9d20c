"""What a job would do, and at what cost, without doing it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.device import choose_device
from vfx_ai.fill import TEXTURE, cast, finds_by, internal, makers_cost
from vfx_ai.fill.hiding import probes
from vfx_ai.job import Job
from vfx_ai.media.frame import Window
from vfx_ai.motion.carried import SURROUNDINGS_SHARE
from vfx_ai.motion.flow import dense_flow
from vfx_ai.motion.survey import stands_still
from vfx_ai.proof.wording import making
from vfx_ai.shot import Shot, hole_box
from vfx_ai.steps.asked import open_shot, resolve, told_of_effects
from vfx_ai.steps.unpainted import stands
from vfx_ai.steps.viewing import color_notes, space_of

PROBES = 5  # frames whose mattes are read to tell the size of the hole
# How often the machine's own time for dense motion, per pixel of the working size, goes into a step; from profiles.
SURVEY, CAMERA, DEPTH, MOTION = 1.3, 1.0, 3.0, 3.5  # per frame of the shot
DEPTH_WIDER = 3.0  # how much larger the part is in which depth is found than the hole and its surroundings
TRIAL = 15.0  # once a shot
FILL = {"temporal": 0.5, "flow": 3.0, "project": 6.0, TEXTURE: 1.0}  # per frame that is filled
START_SECONDS, WRITE_SECONDS_PER_PIXEL = 4.0, 4e-7
PROBE_SIDE = 192  # pixels of the square by which that time is measured
ANALYSIS_BYTES = 12  # per pixel at the working size, both directions


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes:
        frames: that would be filled or are finished.
        finished: of these, finished by an earlier run.
        width, height: of the canvas that holds all data windows.
        hole_percent: of the picture, mean over a few frames.
        engine: that is asked for; "auto" is decided by the analysis.
        memory_bytes: that frames may take.
        disk_bytes: that results and analysis take, about.
        seconds: that the run takes, about; good for its order of magnitude.
        notes: what the files make us assume.
        output: the pattern of the results.
        color: the plate's color space, and how it is known.
        analyse_seconds: of these, for the analysis; 0 where it is there.
        frame_seconds: what frames take whose mattes were looked at, by number.
        made: what a model would make, at most, and how long that takes; empty: nothing.
    """

    frames: tuple[int, ...]
    finished: tuple[int, ...]
    width: int
    height: int
    hole_percent: float
    engine: str
    memory_bytes: int
    disk_bytes: int
    seconds: float
    notes: tuple[str, ...]
    output: str
    color: str = ""
    analyse_seconds: float = 0.0
    frame_seconds: tuple[tuple[int, float], ...] = ()
    made: str = ""


@dataclass(frozen=True)
class Cost:
    """What a run on this machine takes, in seconds; good for its order of magnitude.

    Attributes:
        analyse: the shot, once.
        fill: a frame whose hole's box, with its surroundings, is the whole picture; a smaller one by its share.
        write: a frame.
    """

    analyse: float
    fill: float
    write: float


def plan(job: Job) -> Plan:
    """Look at a job's files and say what it would do; nothing is written.

    Raises:
        VfxAiError: what `run` would raise before its first frame.
    """
    asked = resolve(job)
    device = choose_device(job.device)  # refused here rather than by the run
    budget = parse_memory(job.memory)
    shot = open_shot(asked, torch.device("cpu"), budget)
    before = {n: None if job.force else asked.finished(n) for n in asked.frames}
    finished = tuple(n for n, record in before.items() if record is not None and stands(record, asked.painted))
    todo = set(asked.frames) - set(finished)
    picks = sorted({asked.frames[i] for i in np.linspace(0, len(asked.frames) - 1, PROBES).round().astype(int)})
    hole = float(np.mean([(shot.coverage(n) > 0).mean() for n in picks]))
    pixels = shot.height * shot.width
    small = shot.working_size[0] * shot.working_size[1] / pixels
    engine = finds_by(job.engine)
    still = stands_still(shot)[0] if engine == "auto" else False
    engine = engine if engine != "auto" else "temporal" if still else "project"
    boxes = {n: _box_share(shot, n) for n in picks}
    shares = dict(boxes)
    if job.effects:  # each frame is filled once more, with its surroundings
        looked = probes(shot)
        reach = cast.usual_reach(shot, looked)
        shares = {n: boxes[n] + _box_share(shot, n, reach) for n in picks}
    cost = cost_of(len(shot.numbers), pixels, small * pixels, sum(boxes.values()) / len(picks), engine)
    analyse = 0.0 if asked.folder.analysed or not todo else cost.analyse
    each = {n: cost.write + cost.fill * share for n, share in shares.items()}
    if job.effects and analyse:  # it is looked for in some frames beforehand
        looks = [_box_share(shot, n, reach) for n in looked]
        analyse += cast.MOST_LOOKS * cost.fill * sum(looks) / max(1, len(looks))
    seconds = START_SECONDS + analyse + len(todo) * sum(each.values()) / len(each)
    made = makers_cost.cost_of(job, shot, device, asked.model) if todo else None
    learns, more = internal.cost(job, device.type) if todo and job.engine == "internal" else ("", 0.0)
    seconds += more + (made.seconds if made else 0.0)
    size = sum(shot.plate.path(n).stat().st_size for n in asked.frames)
    assumed = (note for info in shot.infos.values() for note in info.notes)
    notes = dict.fromkeys((*told_of_effects(asked), *assumed, *color_notes(shot)))
    return Plan(
        asked.frames,
        finished,
        shot.width,
        shot.height,
        100 * hole,
        job.engine,
        budget,
        int(size * 1.1 + len(shot.numbers) * small * pixels * ANALYSIS_BYTES),
        seconds,
        tuple(notes),
        asked.output,
        space_of(shot).told,
        analyse,
        tuple(each.items()),
        told(made) if made else learns,
    )


def told(cost: makers_cost.Cost) -> str:
    """What a model would take, for people."""
    what = "window" if cost.windowed else "key frame"
    return making(what, cost.pictures, cost.crops, cost.tiles, cost.steps, cost.seconds)


def _box_share(shot: Shot, number: int, grow: int = 0) -> float:
    """Share of the picture that the box around the hole, grown by some pixels, and its surroundings takes, about."""
    more = grow + round(SURROUNDINGS_SHARE * shot.width)
    box = hole_box(torch.from_numpy(shot.coverage(number) > 0), 0).grown(more)
    box = box.intersection(Window(0, 0, shot.width, shot.height))
    return box.width * box.height / (shot.width * shot.height)


def cost_of(frames: int, pixels: int, small: float, box_share: float, engine: str) -> Cost:
    """What a shot costs on this machine, by how long dense motion of a small picture takes now.

    Args:
        frames: of the shot.
        pixels: of a frame.
        small: of a frame at the working size.
        box_share: of the picture, the hole's box with its surroundings, in the mean.
        engine: that fills; "project" also for auto, where the camera moves: flow is prepared too, and both are tried.
    """
    share = SURVEY + MOTION * box_share if engine == "flow" else SURVEY
    if engine == "project":
        share += CAMERA + DEPTH * min(1.0, DEPTH_WIDER * box_share) + MOTION * box_share
    flow = small * _seconds_of_flow_per_pixel()
    analyse = (frames * share + (TRIAL if engine == "project" else 0.0)) * flow
    return Cost(analyse, FILL[engine] * flow, pixels * WRITE_SECONDS_PER_PIXEL)


def _seconds_of_flow_per_pixel() -> float:
    picture = torch.rand((3, PROBE_SIDE, PROBE_SIDE), generator=torch.Generator().manual_seed(1))
    seen = torch.ones((PROBE_SIDE, PROBE_SIDE), dtype=torch.bool)
    dense_flow(picture, picture, seen, seen)
    clock = time.perf_counter()
    dense_flow(picture, picture, seen, seen)
    return (time.perf_counter() - clock) / PROBE_SIDE**2
