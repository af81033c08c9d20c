"""Checks of what is asked by a Job or another of its kind, and what its texts mean; before any file is opened."""

from __future__ import annotations

import math
import re

from vfx_ai.errors import JobError

MOST_STOPS = 20  # of exposure; a file holds no more
MOST_SEED = 2**31 - 1  # hosts' whole numbers have no more
MOST_WEIGHT = 4.0  # of a LoRA; beyond, nothing but noise comes of it
MOST_WORDS = 10_000  # letters of a prompt

CHOICES: dict[str, tuple[str, ...]] = {
    "missing": ("error", "hold", "black"),
    "ids": ("nearest", "clear"),
    "grain": ("match", "keep", "none"),
    "device": ("auto", "cpu", "cuda", "mps"),
    "edge": ("soft", "hard"),
    "use": ("commercial", "research"),
    "step": ("all", "analyse", "fill", "report"),  # of a run, which several machines may share
}

_NUMBER = r"(\d+(?:\.\d+)?)"
_PIXELS = re.compile(rf"{_NUMBER}\s*(?:px)?", re.ASCII)
_LENS_AND_SENSOR = re.compile(rf"{_NUMBER}\s*mm\s*/\s*{_NUMBER}\s*mm", re.ASCII)


def check_choices(**given: str) -> None:
    """Refuse a value that isn't among CHOICES of its name.

    Raises:
        JobError: it isn't.
    """
    for name, value in given.items():
        if value not in CHOICES[name]:
            raise JobError(f"{name} is {value!r}", remedy=f"Use one of: {', '.join(CHOICES[name])}.")


def check_named(plate: str, output: str, stem: str) -> None:
    """Refuse a job that names no plate or no output; `stem` is an example of the output's name.

    Raises:
        JobError: it is.
    """
    if not plate:
        raise JobError("no plate was given", remedy="Name a sequence, e.g. shot/plate.####.exr.")
    if not output:
        raise JobError("no output was given", remedy=f"Name a pattern, e.g. -o out/{stem}.####.exr.")


def check_numbers(detail: float | None, **counts: int) -> None:
    """Refuse a detail beyond 0..1 and counts below 0.

    Raises:
        JobError: it is.
    """
    if detail is not None and not 0 <= detail <= 1:
        raise JobError(f"detail is {detail:g}", remedy="Give 0 to 1, e.g. --detail 0.5.")
    for name, count in counts.items():
        if count < 0:
            raise JobError(f"{name} is {count}", remedy="Give 0 or more.")


def check_matte(matte: str, channel: str, objects: str, layer: str, *, needed: bool = True) -> None:
    """Refuse a matte that isn't told of, or in two ways; without `needed` there may be none.

    Raises:
        JobError: it is.
    """
    if needed and not (matte or channel or objects):
        raise JobError(
            "no matte was given",
            remedy="Use --matte FILE, or --matte-channel NAME or --matte-objects NAMES for one in the plate itself.",
        )
    if channel and objects:
        raise JobError("a channel and objects were named as the matte", remedy="Name one of them.")
    if layer and not objects:
        raise JobError(f"the cryptomatte {layer!r} was named, but no objects", remedy="Name them with --matte-objects.")


def focal_in_pixels(focal: str, width: int) -> float | None:
    """The focal length in pixels across a picture of `width` pixels, from a Job's `focal`; None if that is empty.

    Raises:
        JobError: it is no focal length.
    """
    text, pixels = focal.strip(), 0.0
    if not text:
        return None
    if found := _PIXELS.fullmatch(text):
        pixels = float(found[1])
    elif (found := _LENS_AND_SENSOR.fullmatch(text)) and float(found[2]) > 0:
        pixels = width * float(found[1]) / float(found[2])
    if 0 < pixels < math.inf:
        return pixels
    raise JobError(
        f"focal is {focal!r}", remedy="Give pixels, e.g. --focal 1800, or lens and sensor, e.g. --focal 32mm/36mm."
    )


def exposure_in_stops(exposure: str) -> float | None:
    """The stops of a Job's `exposure`; None if it is "auto".

    Raises:
        JobError: it is no number, or one that no picture survives.
    """
    text = exposure.strip().lower()
    if text in ("", "auto"):
        return None
    try:
        stops = float(text)
    except ValueError:
        stops = math.nan
    if abs(stops) <= MOST_STOPS:
        return stops
    remedy = f"Give stops from -{MOST_STOPS} to {MOST_STOPS}, e.g. --exposure 1.5, or auto."
    raise JobError(f"exposure is {exposure!r}", remedy=remedy)


def loras_of(text: str) -> tuple[tuple[str, float], ...]:
    """Name and weight of each LoRA of a Job's `lora`; without a weight it is 1.

    Raises:
        JobError: it has no name, is named twice, or its weight is no number from -MOST_WEIGHT to MOST_WEIGHT.
    """
    found: dict[str, float] = {}
    for one in text.split(",") if text.strip() else ():
        name, _, weight = one.strip().rpartition(":") if _ends_with_weight(one) else (one.strip(), "", "1")
        try:
            number = float(weight)
        except ValueError:
            number = math.nan
        if not name.strip() or not abs(number) <= MOST_WEIGHT:
            remedy = (
                f"Give NAME or NAME:WEIGHT with a weight from -{MOST_WEIGHT:g} to {MOST_WEIGHT:g}, e.g. ourlook:0.8."
            )
            raise JobError(f"lora is {one.strip()!r}", remedy=remedy)
        if name.strip() in found:
            raise JobError(f"the LoRA {name.strip()!r} is named twice", remedy="Name it once.")
        found[name.strip()] = number
    return tuple(found.items())


def _ends_with_weight(text: str) -> bool:
    # A path of Windows has a colon too, before a slash.
    last = text.rpartition(":")[2]
    return ":" in text and "/" not in last and "\\" not in last


def check_made_up(model: str, strength: float, seed: int, *, lora: str, use: str, **words: str) -> None:
    """Refuse what a model can't be asked like that; `words` are the prompts.

    Raises:
        JobError: it can't.
    """
    check_choices(use=use)
    loras = loras_of(lora)
    for name, text in {**words, "lora": "named" if loras else ""}.items():
        if text and not model:
            raise JobError(f"{name} is given, but no model", remedy="Name one with --model; see `vfx-ai models list`.")
        if len(text) > MOST_WORDS:
            raise JobError(f"{name} has {len(text):,} letters", remedy=f"Give at most {MOST_WORDS:,}.")
    if not 0 < strength <= 1:
        raise JobError(f"strength is {strength:g}", remedy="Give more than 0, and at most 1, e.g. --strength 0.4.")
    if not 0 <= seed <= MOST_SEED:
        raise JobError(f"seed is {seed}", remedy=f"Give 0 to {MOST_SEED}.")
