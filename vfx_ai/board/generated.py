"""Pictures for panels that a model of the registry makes up, of the shot's words and the studio's style."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from vfx_ai.board import pictures
from vfx_ai.board.camera import read_camera
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.shots import Shot
from vfx_ai.job import Job
from vfx_ai.media.frame import ByteArray
from vfx_ai.studio.models import chosen

ACROSS, STEP = 1024, 16  # pixels of a picture that is asked for, and what its sides are a multiple of
LONGEST_PROMPT = 600  # letters of a shot's words; models read about 75 words


@dataclass(frozen=True)
class Maker:
    """What makes pictures up.

    Attributes:
        asked: the model, its LoRAs, the style, the use.
        identity: changes when its pictures would.
        told: it in words, with its licence.
        size: "1024x576".
        doubts: what nobody could say of its rights.
    """

    asked: Storyboard
    identity: str
    told: str
    size: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A picture that can be made: what it is known by, and what makes it."""

    identity: str
    picture: partial[ByteArray]


def maker_of(asked: Storyboard) -> Maker | None:
    """What makes a board's pictures; None: no model was named.

    Raises:
        JobError: the model isn't there, or may not be used so.
        RightsError: what it was trained on isn't cleared any more.
    """
    found = chosen(Job("none", "none", "none", engine="diffusion_image", **_fields(asked)))
    if found is None:
        return None
    high = max(STEP, round(ACROSS / asked.ratio / STEP) * STEP)
    return Maker(asked, found.identity, found.told(), f"{ACROSS}x{high}", found.doubts)


def make(shot: Shot, maker: Maker) -> Made:
    """The picture of a shot."""
    words = prompt_of(shot, maker.asked.style)
    identity = f"{maker.identity}|{words}|{maker.asked.seed}|{maker.size}"
    return Made(identity, partial(_picture, words, maker))


def prompt_of(shot: Shot, style: str) -> str:
    """What a model is told of a shot: the style, how near the camera is, where it is, and what is seen.

    What is said isn't seen, and is left out.
    """
    framing = read_camera(shot.camera).framing
    near = f"{framing} shot" if framing else ""
    seen = " ".join(shot.action.split())[:LONGEST_PROMPT]
    return ", ".join(filter(None, (style, near, shot.slug, seen)))


def _picture(words: str, maker: Maker) -> ByteArray:
    """[H, W, 3] uint8, through the display's view.

    Raises:
        VfxAiError: the model can't make it.
    """
    from vfx_ai.plates.imagined import imagine_plate
    from vfx_ai.studio.results import trial

    with tempfile.TemporaryDirectory(prefix="vfx-ai-panel-") as room:
        fields = {**_fields(maker.asked), "frames": 1, "size": maker.size, "aovs": False}
        with trial():  # the board keeps what it was made by
            imagine_plate(words, str(Path(room) / "panel.####.exr"), **fields)
        return pictures.load(next(Path(room).glob("*.exr")))


def _fields(asked: Storyboard) -> dict[str, Any]:
    names = ("model", "lora", "seed", "use", "policy", "models_dir", "device")
    return {name: getattr(asked, name) for name in names}
