"""`vfx-ai plate generate --model NAME`: stills and short clips from nothing, by a model that learned from footage."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.device import choose_device, device_name
from vfx_ai.errors import JobError
from vfx_ai.fill import MODEL
from vfx_ai.fill.internal import FAMILY
from vfx_ai.job import Progress, check_choices, silent
from vfx_ai.learning.checkpoint import read_model
from vfx_ai.learning.sample import made
from vfx_ai.media.color_view import viewer
from vfx_ai.media.made_layer import MATTE
from vfx_ai.media.new_write import write_new
from vfx_ai.media.output import stem_of
from vfx_ai.media.sequence import output_path
from vfx_ai.plates import sidecars
from vfx_ai.plates.asked_new import in_sequence, size_of
from vfx_ai.plates.jobs_new import PlateByModel
from vfx_ai.proof.model_facts import model_facts
from vfx_ai.proof.plate_page import Picture, PlatePage, shown, side_by_side, write_page
from vfx_ai.proof.wording import counted, duration
from vfx_ai.studio.models import Chosen, check_use, find_model, policy_of
from vfx_ai.studio.own_models import check_rights
from vfx_ai.telling import Cancelled, Teller

ENGINE = "internal"
MOST_FRAMES = 32  # made at once: each looks at those beside it
BYTES = 160  # per pixel of a frame
PICTURES = 4  # of the page


@dataclass(frozen=True)
class Drawn:
    """A plate that a model made.

    Attributes:
        output: the pattern of its files.
        frames: their numbers.
        width, height: of each.
        seed: which of many it is.
        model: its name and licence.
        trained_on: what that learned from.
        brightest: the most light in it.
        device: what computed.
        notes: what is good to know.
        seconds: that it took.
        report: the page.
    """

    output: str
    frames: tuple[int, ...]
    width: int
    height: int
    seed: int
    model: str
    trained_on: str
    brightest: float
    device: str
    notes: tuple[str, ...]
    seconds: float
    report: str

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Names and values for people."""
        return (
            ("plate", f"{counted(len(self.frames), 'frame')} of {self.width}x{self.height}, seed {self.seed}"),
            ("model", f"{self.model}, trained on {self.trained_on}"),
            ("brightest", f"{self.brightest:.3g}"),
            ("device", self.device),
            ("time", duration(self.seconds)),
            ("result", self.output),
            ("report", self.report),
        )


def draw_plate(
    model: str,
    output: str,
    *,
    frames: int = 1,
    size: str = "",
    seed: int = 1,
    start: int = 1001,
    use: str = "commercial",
    policy: str = "",
    models_dir: str = "",
    device: str = "auto",
    memory: str = "25%",
    aovs: bool = True,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
) -> Drawn:
    """Write a plate that a trained model makes from nothing: EXR, half, in the light of what it learned from.

    Args:
        model: of the registry, trained by `vfx-ai train --from-scratch`.
        output: pattern of the result's files; what is there is made anew.
        frames: how many, MOST_FRAMES at most; more than one wants a model that learned from clips.
        size: "1920x1080"; "": that of what it learned from.
        seed: another gives another plate.
        start: number of the first file.
        use, policy, models_dir: as for a Job.
        device, memory: as for a Job.
        aovs: write fill.source (3), fill.confidence (0) and made.A (1).
        progress, cancelled: as for a run.

    Raises:
        RightsError: what the model was trained on isn't cleared any more.
        VfxAiError: the model isn't there or may not be used so, or something can't be read or written.
    """
    clock = time.perf_counter()
    check_choices(device=device)
    found = find_model(model, folder=models_dir)
    check_use(found, use, policy_of(policy))
    doubt = check_rights(found)
    if found.family != FAMILY or found.path is None:
        raise JobError(
            f"the model {found.name!r} makes no plates without words",
            remedy='Write --prompt "..." or --image FILE, or name one that `vfx-ai train --from-scratch` made.',
        )
    where = choose_device(device)
    network, record = read_model(found.path, where)
    clip = int(record.get("recipe", {}).get("clip", 1))
    if not 1 <= frames <= MOST_FRAMES:
        raise JobError(f"frames is {frames}", remedy=f"Give 1 to {MOST_FRAMES}; longer plates: --like.")
    if frames > 1 and clip == 1:
        raise JobError(
            f"the model {found.name!r} learned from stills: frames would have nothing to do with each other",
            remedy="Give --frames 1, or train with --clip 3.",
        )
    width, height = size_of(size or "x".join(map(str, record.get("size", (0, 0)))))
    if frames * width * height * BYTES > parse_memory(memory):
        raise JobError(
            f"{frames} frames of {width}x{height} don't fit into the memory that was given",
            remedy="Give more --memory, fewer --frames or a smaller --size.",
        )
    pattern = in_sequence(output, frames)
    numbers = tuple(range(start, start + frames))
    notes: list[str] = []
    tell = Teller(progress, cancelled, notes)
    if doubt:
        tell.note(doubt, "warning")
    tell.note("The light is linear, with the primaries of the footage that the model learned from.")
    tell.stage("fill", frames)
    nothing = torch.zeros((frames, 3, height, width), device=where)
    blank = torch.zeros((frames, height, width), dtype=torch.bool, device=where)
    seeds = [seed * 100_003 + index for index in range(frames)]
    scene = made(network, nothing, blank, seeds, check=tell.check).cpu()
    pictures = np.moveaxis(scene.numpy(), 1, -1)
    asked = PlateByModel(
        found.name, output, frames=frames, size=f"{width}x{height}", seed=seed, start=start, use=use, policy=policy,
        models_dir=models_dir, device=device, memory=memory, aovs=aovs,
    )  # fmt: skip
    job, whole = sidecars.job_hash(ENGINE, found.identity, numbers, width, height, seed, aovs), {MODEL: width * height}
    header = sidecars.stamp(job, ENGINE, whole)
    for done, (number, light) in enumerate(zip(numbers, pictures, strict=True), 1):
        tell.check()
        others = {}
        if aovs:
            plain = np.zeros((height, width), np.float16)
            others = {"fill.source": plain + np.float16(MODEL), "fill.confidence": plain, MATTE: plain + np.float16(1)}
        write_new(output_path(pattern, number), number, np.ascontiguousarray(light), others, stamp=header)
        tell.frame(number, done, frames)
    folder = Path(pattern).parent
    facts = {"device": device_name(where), "notes": tuple(notes), "models": model_facts(Chosen(found), ENGINE)}
    kept = folder / f"{stem_of(pattern)}.vfx-ai"
    sidecars.write(asked, pattern, kept, job, ENGINE, dict.fromkeys(numbers, whole), tell, **facts)
    plate = Drawn(
        pattern,
        numbers,
        width,
        height,
        seed,
        f"{found.name} ({found.licence})",
        found.trained_on,
        float(scene.max()),
        device_name(where),
        tuple(notes),
        time.perf_counter() - clock,
        str(folder / "report.html"),
    )
    picks = sorted({round(i) for i in np.linspace(0, frames - 1, PICTURES)})
    strip = side_by_side([shown(np.ascontiguousarray(pictures[i]), viewer()) for i in picks])
    words = f"frames {', '.join(str(numbers[i]) for i in picks)}: all of it is made by the model"
    title = f"A plate of {counted(frames, 'frame')} by a model"
    record_ = {**asdict(plate), "training": record}
    write_page(PlatePage(title, pattern, (), plate.rows(), plate.notes, (Picture(strip, words),), record_), folder)
    return plate
