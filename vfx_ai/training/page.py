"""The page of a training: its loss as a curve, exercises along the way, what it learned from."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from vfx_ai.learning.footage import Footage
from vfx_ai.learning.holes import hidden
from vfx_ai.learning.levels import from_light, smoothed, to_light
from vfx_ai.learning.loop import Training
from vfx_ai.learning.sample import made
from vfx_ai.media.frame import ByteArray
from vfx_ai.proof.pictures import encoded, picture_for_the_eye, small_size, write_atomically
from vfx_ai.proof.plate_page import Picture, PlatePage, side_by_side, write_page
from vfx_ai.proof.wording import counted, duration
from vfx_ai.training.gathered import Gathered

SEED = 20_26
ASKED = 6  # exercises by which it is measured
CURVE = (220, 640)  # height and width
ACROSS = 420  # pixels of a sample's pictures, at most
_SAMPLE = re.compile(r"sample\.(\d+)\.png")


class Exam:
    """The same exercise again and again: a part of a frame is hidden, and made.

    Args:
        training: whose network is asked.
        gathered: the footage.
        folder: for pictures.
    """

    words = "what is shown, what the network makes of it, the truth"

    def __init__(self, training: Training, gathered: Gathered, folder: Path) -> None:
        self._training, self._gathered, self._folder = training, gathered, folder
        found = gathered.footages[0]
        self._frame = found.starts[len(found.starts) // 2]

    def sample(self) -> None:
        """Write `sample.STEP.png`: what is shown, what the network makes of it, and the truth; the first process does.

        Raises:
            OutputError: it can't be written.
        """
        if not self._training.together.first:
            return
        scene, known, away = self._exercise(self._gathered.footages[0], self._frame, 0)
        training = self._training
        with torch.inference_mode():
            device = training.device
            light = made(
                training.mean, scene.to(device)[None], (known & ~away).to(device)[None], [SEED], detail=1.0, structure=0
            )[0].cpu()
        blank = torch.where(known & ~away, scene, torch.full_like(scene, 0.05))
        truth = torch.where(known, scene, torch.full_like(scene, 0.05))
        row = side_by_side([self._eye(one) for one in (blank, torch.where(known, light, blank), truth)])
        write_atomically(self._folder / f"sample.{training.step:07d}.png", encoded(row, ".png"))

    def off(self) -> tuple[float, float]:
        """Mean stops of luma by which the likeliest of the network, and a smooth surface, are off what was hidden."""
        training, by_network, smooth, count = self._training, 0.0, 0.0, 0
        for index in range(ASKED):
            footage = self._gathered.footages[index % len(self._gathered.footages)]
            frame = footage.starts[index % len(footage.starts)]
            scene, known, away = self._exercise(footage, frame, index)
            shown, asked = (known & ~away), known & away
            if not bool(asked.any()):
                continue
            truth = to_light(scene)[0]
            for network, add in ((training.mean, True), (None, False)):
                light = _filled(network, scene, shown, training.device)
                wrong = float((to_light(light)[0] - truth).abs()[asked].sum())
                by_network, smooth = by_network + wrong * add, smooth + wrong * (not add)
            count += int(asked.sum())
        return by_network / max(1, count), smooth / max(1, count)

    def _exercise(self, footage: Footage, frame: int, index: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Light [3, h, w], where it is known [h, w], and what is hidden of it [h, w]."""
        finest = len(footage.levels) - 1
        box = (..., *footage.within(finest))
        known, holes = footage.levels[finest].known[frame][box], footage.holes(finest)[box]
        rng = np.random.default_rng((SEED, index))
        away = torch.zeros_like(known)
        for _ in range(20):
            away = torch.from_numpy(np.ascontiguousarray(hidden(footage.picture, holes, rng)))
            if 0 < float((away & known).sum()) < 0.4 * float(known.sum()):
                break
        return from_light(footage.levels[finest].light[frame][box]), known, away

    def _eye(self, scene: torch.Tensor) -> ByteArray:
        picture = np.ascontiguousarray(scene.permute(1, 2, 0).numpy())
        width, height = small_size(picture.shape[1], picture.shape[0])
        share = min(1.0, ACROSS / width)
        return picture_for_the_eye(picture, (round(width * share), round(height * share)), self._gathered.viewer)


def _filled(network: Any, scene: torch.Tensor, known: torch.Tensor, device: torch.device) -> torch.Tensor:
    if network is None:
        light = smoothed(to_light(scene)[None], known[None])[0]
        return torch.where(known, scene, from_light(light))
    with torch.inference_mode():
        return made(network, scene.to(device)[None], known.to(device)[None], [SEED], detail=0, structure=0)[0].cpu()


def curve(losses: Sequence[float]) -> ByteArray:
    """The loss by step, [h, w, 3] uint8: each step grey, their running mean dark; the least lies at the bottom."""
    height, width = CURVE
    out = np.full((height, width, 3), 250, np.uint8)
    values = np.asarray(losses, np.float64)
    if len(values) < 2:
        return out
    span = max(1, len(values) // 50)
    mean = np.convolve(np.pad(values, (span - 1, 0), "edge"), np.ones(span) / span, "valid")
    top, low = float(np.quantile(values, 0.99)), float(values.min())
    for lines, color in ((values, (190, 200, 210)), (mean, (30, 60, 120))):
        x = np.linspace(8, width - 8, len(lines))
        y = height - 20 - (np.clip(lines, low, top) - low) / max(top - low, 1e-9) * (height - 32)
        points = np.stack([x, y], 1).round().astype(np.int32)
        cv2.polylines(out, [points], False, color, 1 + (lines is mean), cv2.LINE_AA)
    words = (
        (f"{top:.3f}", (8, 12)),
        (f"{low:.3f}", (8, height - 6)),
        (f"step {len(values)}", (width - 90, height - 6)),
    )
    for text, at in words:
        cv2.putText(out, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (60, 60, 60), 1, cv2.LINE_AA)
    return out


def write_training_page(
    trained: dict[str, Any], record: dict[str, Any], losses: Sequence[float], folder: Path, shown: str
) -> None:
    """Write `report.html`, `report.json` and `loss.png` beside the samples, which show what `shown` says.

    Raises:
        OutputError: one can't be written.
    """
    drawn = curve(losses)
    write_atomically(folder / "loss.png", encoded(drawn, ".png"))
    words = "the loss by step: how far off the network is, in deviations of a level; dark is its mean"
    pictures = [Picture(drawn, words)]
    pictures += [Picture(picture, f"step {step}: {shown}") for step, picture in _samples(folder)]
    network, smooth = trained["off"] or (math.nan, math.nan)
    told = f"It is no nearer to what was hidden than a smooth surface ({network:.3f} and {smooth:.3f} stops)"
    warnings = (f"{told}: train longer.",) if network >= smooth else ()
    frames = sum(len(shot.get("frames", ())) for shot in record["shots"])
    figures = (
        *([("off what was hidden", f"{network:.3f} stops; a smooth surface {smooth:.3f}")] if trained["off"] else []),
        ("steps", f"{trained['steps']}, loss {trained['loss']:.3f}"),
        ("learned from", f"{counted(len(record['shots']), 'shot')}, {counted(frames, 'frame')}"),
        *((f"shot {shot['shot']}", _told(shot)) for shot in record["shots"]),
        ("seed", str(record["seed"])),
        ("licence", str(record["licence"])),
        ("device", trained["device"]),
        ("time", duration(trained["seconds"])),
        ("model", trained["model"]),
    )
    notes = (*trained["notes"], *(f"Left out: {line}" for line in trained["refused"]))
    whole = {**trained, "record": record}
    title, file = f"Model {trained['name']}", trained["model"]
    page = PlatePage(title, file, warnings, figures, notes, tuple(pictures), whole)
    write_page(page, folder)


def _told(shot: dict[str, Any]) -> str:
    frames, title = shot.get("frames") or [0], shot.get("title") or "no title"
    rights = f"rights {str(shot['rights'])[:12]}" if shot.get("rights") else "no rights on record"
    return f"{title}; frames {frames[0]}-{frames[-1]}; {rights}"


def _samples(folder: Path) -> list[tuple[int, ByteArray]]:
    """The pictures that were written on the way, by step."""
    out = []
    for path in sorted(folder.glob("sample.*.png")):
        found, picture = _SAMPLE.fullmatch(path.name), cv2.imread(str(path))
        if found and picture is not None:
            out.append((int(found[1]), np.ascontiguousarray(picture[..., ::-1])))
    return out
