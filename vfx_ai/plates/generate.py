"""What the command `vfx-ai plate generate` does: a new plate of the same kind as references, from files to files."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vfx_ai.budget import parse_memory
from vfx_ai.device import choose_device, device_name, refuse_unless_cpu_can_help
from vfx_ai.errors import OutputError
from vfx_ai.fill import PATCH
from vfx_ai.job import Missing, Progress, check_choices, silent
from vfx_ai.media.atomic import replacing
from vfx_ai.media.color import from_log
from vfx_ai.media.sequence import output_path
from vfx_ai.plates import sidecars
from vfx_ai.plates.asked_new import Asked, asked_for, rate_of
from vfx_ai.plates.choose import nature_of, recipe_for
from vfx_ai.plates.figures import Figures, compare, copy_share
from vfx_ai.plates.finest import rendered
from vfx_ai.plates.generate_page import generated_page
from vfx_ai.plates.generate_write import ENGINE, write_frame
from vfx_ai.plates.generated import Generated
from vfx_ai.plates.jobs_new import PlateGenerate
from vfx_ai.plates.kept import Kept, key_in
from vfx_ai.plates.levels import Clip
from vfx_ai.plates.references import read_in, refuse_unless_some
from vfx_ai.plates.sidecars import job_hash
from vfx_ai.plates.spread import Spread, spreading
from vfx_ai.plates.synthesis import SIDE, STEPS, synthesise
from vfx_ai.proof.plate_page import write_page
from vfx_ai.studio.results import Drawn
from vfx_ai.telling import Cancelled, Teller

COPIED = 0.3  # of the plate in one piece as it was: more is hardly new
COMPARED = 48  # frames
METHOD = 2
SOLUTION = "making the plate, from coarse to fine"


def generate_plate(
    like: tuple[str, ...],
    output: str,
    *,
    frames: int = 0,
    size: str = "",
    seed: int = 1,
    mask: str = "",
    mask_channel: str = "",
    start: int = 1001,
    fps: str = "",
    sample: int = 0,
    layer: str = "RGB",
    colorspace: str = "",
    missing: Missing = "error",
    device: str = "auto",
    memory: str = "25%",
    aovs: bool = True,
    force: bool = False,
    dry_run: bool = False,
    drawn: Drawn | None = None,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
) -> Generated:
    """Write a new plate of the same kind as references, EXR, half, from their own patches.

    Args:
        like: the references: sequences or stills.
        output: pattern of the result's files.
        frames: how many; 0: as many as the first reference has.
        size: "1920x1080"; "": the first reference's.
        seed: another gives another plate; the same the same bits, whatever the number of threads.
        mask: what no patch may touch in the first reference; "": nothing.
        mask_channel: of the mask.
        start: number of the first file.
        fps: written into the files, "23.976" or "24000/1001"; "": the reference's.
        sample: write so many frames, spread over all; 0: all.
        layer, colorspace, missing: of the references, as in a Job.
        device: "auto", "cpu", "cuda" or "mps".
        memory: a budget: with less patches are searched at a smaller size.
        aovs: write fill.source (2), fill.confidence and fill.from, which tell where each pixel is from.
        force: do anew what is finished.
        dry_run: say what it would cost, and write nothing.
        drawn: the references are shots of a catalogue, cleared for it: its ledger gets the result.
        progress, cancelled: as for a run.

    Raises:
        VfxAiError: a file can't be read or written, or what is asked makes no sense.
    """
    clock = time.perf_counter()
    check_choices(missing=missing, device=device)
    asked = asked_for(
        like, output, frames, size, mask, mask_channel, start, sample, layer, colorspace, missing, parse_memory(memory)
    )
    rate, where = rate_of(fps), choose_device(device)
    notes = list(asked.notes)
    made = Generated(
        asked.output, asked.numbers, asked.width, asked.height, asked.length, seed, asked.scale, 0.0, "", None,
        asked.cost(where), device_name(where), (), tuple(notes), 0.0, "",
    )  # fmt: skip
    if dry_run:
        return made
    tell = Teller(progress, cancelled, notes)
    inputs = [shot.files for shot in asked.shots] + ([asked.mask.files] if asked.mask else [])
    spaces = [shot.info(shot.files.frames[0]).space.identity for shot in asked.shots]
    what = (
        "generate",
        METHOD,
        asked.length,
        asked.width,
        asked.height,
        asked.scale,
        seed,
        mask_channel,
        layer,
        spaces,
        start,
    )
    kept = Kept(asked.output, inputs, *what, where.type, fps, aovs)
    folder, job = _folder(kept.path), job_hash(*what, fps, aovs)
    solution = _solved(asked, folder, kept.key, seed, where, tell, force=force)
    told = json.loads((folder / "solution.json").read_text(encoding="utf-8"))
    warnings = list(told["warnings"])
    for warning in warnings:
        tell.note(warning, "warning")
    finished = {n: None if force else kept.finished(n, output_path(asked.output, n)) for n in asked.numbers}
    tell.stage("fill", len(finished), sum(record is not None for record in finished.values()))
    light, place, lender = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("light", "place", "lender"))
    for done, number in enumerate(asked.numbers, 1):
        tell.check()
        if finished[number] is None:
            at = number - start
            one = rendered(
                torch.from_numpy(np.array(light[at])),
                torch.from_numpy(np.array(place[at])).long(),
                lender,
                solution,
                (asked.height, asked.width),
            )
            record = write_frame(asked, number, one, told["distance"], aovs=aovs, fps=rate, job=job)
            finished[number] = kept.keep(number, output_path(asked.output, number), record)
        tell.frame(number, done, len(finished))
    tell.stage("report", 1)
    made = replace(
        made,
        copied=told["copied"],
        nature=told["nature"],
        figures=Figures(**told["figures"]),
        warnings=tuple(warnings),
        notes=tuple(note for note in notes if note not in warnings),
        seconds=time.perf_counter() - clock,
        report=str(Path(asked.output).parent / "report.html"),
    )
    whole = PlateGenerate(
        like,
        output,
        frames,
        size,
        seed,
        mask,
        mask_channel,
        start,
        fps,
        sample,
        layer,
        colorspace,
        missing,
        memory=str(parse_memory(memory)),
        aovs=aovs,
    )
    whole_frames = {n: {PATCH: asked.width * asked.height} for n in asked.numbers}
    about: dict[str, Any] = {"device": made.device, "notes": made.notes, "drawn": drawn}
    sidecars.write(whole, asked.output, folder, job, ENGINE, whole_frames, tell, **about)
    page = generated_page(made, asked, light)
    write_page(replace(page, record=asdict(made)), Path(asked.output).parent)
    return made


def _folder(path: Path) -> Path:
    try:
        (path / "frames").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder can't be made: {error.strerror or error}", file=path, remedy="Write to another folder."
        ) from None
    return path


def _solved(asked: Asked, folder: Path, key: str, seed: int, where: torch.device, tell: Teller, *, force: bool):  # type: ignore[no-untyped-def]
    """The references' detail; beside it lies the plate at the searched size, made unless it is there already."""
    record = folder / "solution.json"
    whole = all((folder / name).is_file() for name in ("solution.json", "light.npy", "place.npy", "lender.npy"))
    there = not force and whole and key_in(record) == key
    if not there:
        record.unlink(missing_ok=True)
    clips, sources = read_in(asked.shots, asked.mask, asked.scale, asked.least, folder, tell)
    if there:
        return sources
    refuse_unless_some(clips, SIDE, asked.mask.files.pattern if asked.mask else "")
    try:
        made = _made(asked, clips, seed, where, tell)
    except (RuntimeError, MemoryError) as error:
        refuse_unless_cpu_can_help(error, where)
        tell.note("The device has too little memory; the processor goes on.")
        made = _made(asked, clips, seed, torch.device("cpu"), tell)
    light, place, lender, told = made
    for name, array in {"light": light, "place": place, "lender": lender}.items():
        np.save(folder / f"{name}.npy", array)
    with replacing(record) as beside:
        beside.write_text(json.dumps({"key": key, **told}), encoding="utf-8")
    return sources


def _made(
    asked: Asked, clips: list[Clip], seed: int, where: torch.device, tell: Teller
) -> tuple[Any, Any, Any, dict[str, Any]]:
    """Light and place of the plate at the searched size, the references there, and what is told of it."""
    nature = nature_of(clips[0])
    recipe = recipe_for(nature, clips[0])
    tell.stage("analyse", STEPS, 0, SOLUTION)
    there = [Clip(c.light.to(where), None if c.hidden is None else c.hidden.to(where)) for c in clips]
    with spreading(where) as spread:
        made = synthesise(there, asked.searched, recipe, seed, spread, tell.steps("analyse", SOLUTION))
        copied = copy_share(made.corner)
        figures = _compared(made.light.cpu(), clips[0], spread)
    warnings = []
    if copied > COPIED:
        warnings.append(
            f"{100 * copied:.0f}% of the plate is one piece of the reference as it was. Give a longer or larger "
            "reference, or several, or ask for another size."
        )
    if nature.slow and asked.searched[0] > len(clips[0].light):
        warnings.append(
            f"The reference moves slowly and has {len(clips[0].light)} frames: after so many the plate begins anew, "
            "which may show. Ask for no more frames, and loop them with `vfx-ai plate loop`; or give a longer one."
        )
    told = {
        "distance": made.distance,
        "copied": copied,
        "nature": nature.words,
        "figures": asdict(figures),
        "warnings": warnings,
    }
    return made.light.cpu().numpy(), made.place.int().cpu().numpy(), made.level.light.cpu().numpy(), told


def _compared(light: torch.Tensor, clip: Clip, spread: Spread) -> Figures:
    """Figures against the first reference, without what its mask hides."""
    light, reference = light[:COMPARED], clip.light[:COMPARED].cpu()
    return compare(light, reference, from_log, spread, hidden=None if clip.hidden is None else clip.hidden[:COMPARED])
