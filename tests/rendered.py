"""Small moving shots with a known clean plate, made of formulas, so that every sub-pixel motion is exact.

A picture is a sum of waves, which can be looked at anywhere between pixels; lamps of 60 lie in it. The camera stands
still, turns, or travels sideways past a wall, a floor and a post. A dark ball with a soft matte crosses the picture.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import torch

from vfx_ai.fill import ENGINES
from vfx_ai.media.exr_layers import AOVS
from vfx_ai.media.frame import Window
from vfx_ai.media.sequence import find_sequence
from vfx_ai.motion.camera import Camera, keep_solved
from vfx_ai.motion.camera_files import write_camera
from vfx_ai.motion.survey import survey
from vfx_ai.shot import MatteOptions, Shot

LAMP = 60.0
FIRST = 1001


@dataclass(frozen=True)
class Rendered:
    """A shot on disk and what is known of it.

    Attributes:
        folder: plate.####.exr and matte.####.exr lie here.
        numbers: its frames.
        clean: what lies behind the ball, [H, W, 3] float32 per frame, before NaN.
        mattes: [H, W] float32 per frame.
        windows: (x, y) of each frame's data window in the picture's coordinates.
    """

    folder: Path
    numbers: tuple[int, ...]
    clean: dict[int, np.ndarray]
    mattes: dict[int, np.ndarray]
    windows: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def plate(self) -> str:
        return str(self.folder / "plate.####.exr")

    @property
    def matte(self) -> str:
        return str(self.folder / "matte.####.exr")


def waves(x: np.ndarray, y: np.ndarray, seed: int, shortest: float = 5.0, longest: float = 40.0) -> np.ndarray:
    """[..., 3] light between about 0.05 and 2, at positions in pixels; bounded in frequency."""
    rng = np.random.default_rng(seed)
    stops = np.zeros((*x.shape, 3))
    for _ in range(28):
        angle, length = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(np.log(shortest), np.log(longest)))
        phase = 2 * np.pi * (np.cos(angle) * x + np.sin(angle) * y) / length + rng.uniform(0, 2 * np.pi)
        stops += np.cos(phase)[..., None] * rng.uniform(0.25, 0.55, 3) * (length / longest) ** 0.3
    return np.exp2(stops - 1.5)


def disc(x: np.ndarray, y: np.ndarray, at: tuple[float, float], radius: float, soft: float = 1.5) -> np.ndarray:
    """Coverage 0..1 of a disc, 1 up to `radius`, 0 from `radius + soft` on."""
    return np.clip((radius + soft - np.hypot(x - at[0], y - at[1])) / soft, 0, 1)


def wall(x: np.ndarray, y: np.ndarray, lamps: Sequence[tuple[float, float]] = ()) -> np.ndarray:
    """The wall at positions in pixels, with lamps of 60."""
    light = waves(x, y, 3)
    for at in lamps:
        lit = disc(x, y, at, 2.0)[..., None]
        light = light * (1 - lit) + LAMP * np.array([1.0, 0.9, 0.7]) * lit
    return light


Scene = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def locked(lamps: Sequence[tuple[float, float]] = ()) -> Scene:
    return lambda x, y, _t: wall(x, y, lamps)


def turn(t: int, pan: float = 2.3, roll: float = 0.4, middle: tuple[float, float] = (48, 32)) -> np.ndarray:
    """Homography [3, 3] from pixels of frame t to the wall: a pan with some roll and perspective."""
    a = np.deg2rad(roll * t)
    to, back = np.eye(3), np.eye(3)
    to[:2, 2], back[:2, 2] = np.negative(middle), middle
    spin = np.array([[np.cos(a), -np.sin(a), pan * t], [np.sin(a), np.cos(a), 0.3 * t], [1e-5 * t, 0, 1]])
    return back @ spin @ to


def turning(lamps: Sequence[tuple[float, float]] = ()) -> Scene:
    def look(x: np.ndarray, y: np.ndarray, t: int) -> np.ndarray:
        m = turn(t)
        w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
        return wall((m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w, lamps)

    return look


def speed(y: np.ndarray, horizon: float, far: float = 1.0, near: float = 3.0) -> np.ndarray:
    """Pixels a frame by which what is in row y moves to the left: a wall above the horizon, a floor below it."""
    return far + (near - far) * np.clip((y - horizon) / horizon, 0, None)


def travelling(horizon: float, lamps: Sequence[tuple[float, float]] = ()) -> Scene:
    """A camera that travels to the right: the wall moves by 1 px a frame, the floor by up to 3."""
    return lambda x, y, t: wall(x + speed(y, horizon) * t, y, lamps)


def travelling_camera(numbers: Sequence[int], size: tuple[int, int], horizon: float) -> Camera:
    """The camera of `travelling`: it moves by 1 a frame; a point that moves by s pixels is at depth focal / s."""
    height, width = size
    count, focal = len(numbers), float(width)
    translation = np.stack([-np.arange(count, dtype=float), np.zeros(count), np.zeros(count)], 1)
    y, x = (v.ravel().astype(float) for v in np.mgrid[0:height:3, 0:width:3])
    depth = focal / speed(y, horizon)
    points = np.stack([(x - width / 2) * depth / focal, (y - height / 2) * depth / focal, depth], 1)
    return Camera(
        tuple(numbers),
        np.ones(count, bool),
        np.full((count, 2), focal),
        np.tile([width / 2, height / 2], (count, 1)),
        np.zeros((count, 2)),
        np.tile(np.eye(3), (count, 1, 1)),
        translation,
        points,
        "known",
    )


def camera_fields(shot: Rendered, engine: str, horizon: float) -> dict[str, str]:
    """What a job must say of the camera, for an engine that needs that of `travelling`."""
    if engine != "project":
        return {}
    height, width = next(iter(shot.mattes.values())).shape
    file, window = shot.folder / "camera.json", Window(0, 0, width, height)
    if not file.exists():
        write_camera(travelling_camera(shot.numbers, (height, width), horizon), file, window, window)
    return {"camera": str(file)}


def forget_frames(camera: str, numbers: Sequence[int]) -> None:
    """Take frames out of a camera's file."""
    told = json.loads(Path(camera).read_text())
    for number in numbers:
        del told["frames"][str(number)]
    Path(camera).write_text(json.dumps(told))


def render(
    folder: Path,
    scene: Scene,
    *,
    frames: int = 8,
    size: tuple[int, int] = (64, 96),
    ball: Callable[[int], tuple[float, float]] | None = None,
    radius: float | None = None,
    gain: Callable[[int], Sequence[float]] = lambda _t: (1.0, 1.0, 1.0),
    extra: Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray] | None = None,
    nan: Callable[[int], Sequence[tuple[int, int]]] = lambda _t: (),
    window: Callable[[int], tuple[int, int]] = lambda _t: (0, 0),
    noise: float = 0.0,
    display: tuple[int, int] | None = None,
    write: Callable[[Path, np.ndarray, tuple[int, int], tuple[int, int]], object] | None = None,
) -> Rendered:
    """Write a shot.

    Args:
        folder: where.
        scene: light [H, W, 3] at positions (x, y) in frame t.
        frames, size: how many, and (height, width).
        ball: where the ball's middle is in frame t; it crosses the picture from left to right if None.
        radius: of the ball in pixels; a fifth of the height if None.
        gain: of exposure and white balance in frame t.
        extra: changes the light before the ball comes before it (a second thing that moves).
        nan: (x, y) of pixels that are NaN in frame t.
        window: (x, y) at which the data window begins in frame t; the scene stays where it is.
        noise: grain, as a share of the light.
        display: (width, height) of the picture's frame; that of the data window if None.
        write: writes a plate's pixels [H, W, 3]: write(path, pixels, at, display); plain float RGB if None.
    """
    height, width = size
    radius = height / 5 if radius is None else radius
    across = ball or (lambda t: (width * (0.2 + 0.6 * t / max(frames - 1, 1)), height * 0.5))
    made = Rendered(folder, tuple(range(FIRST, FIRST + frames)), {}, {}, {})
    for t, number in enumerate(made.numbers):
        x0, y0 = window(t)
        y, x = np.mgrid[y0 : y0 + height, x0 : x0 + width].astype(np.float64)
        clean = scene(x, y, t)
        if extra is not None:
            clean = extra(clean, x, y, t)
        if noise:
            clean = clean * (1 + noise * np.random.default_rng(number).standard_normal(clean.shape))
        clean = (clean * np.asarray(gain(t))).astype(np.float32)
        cover = disc(x, y, across(t), radius)
        plate = clean * (1 - cover[..., None]) + 0.02 * waves(x * 3, y * 3, 9) * cover[..., None]
        for px, py in nan(t):
            plate[py - y0, px - x0] = np.nan
        matte = disc(x, y, across(t), radius + 2).astype(np.float32)
        made.clean[number], made.mattes[number], made.windows[number] = clean, matte, (x0, y0)
        full = display or (width, height)
        (write or write_rgb)(folder / f"plate.{number}.exr", plate, (x0, y0), full)
        save(folder / f"matte.{number}.exr", {"A": matte}, (x0, y0), full)
    return made


def rgb(picture: np.ndarray, kind: Any = np.float32) -> dict[str, np.ndarray]:
    return {name: np.ascontiguousarray(picture[..., i], dtype=kind) for i, name in enumerate("RGB")}


def write_rgb(path: Path, picture: np.ndarray, at: tuple[int, int], display: tuple[int, int]) -> Path:
    return save(path, rgb(picture), at, display)


def save(
    path: Path,
    channels: dict[str, np.ndarray],
    at: tuple[int, int] = (0, 0),
    display: tuple[int, int] | None = None,
    others: Sequence[tuple[str, dict[str, np.ndarray], tuple[int, int]]] = (),
    header: dict[str, Any] | None = None,
) -> Path:
    """Write an EXR whose data window begins at `at`; `others` are more parts: (name, channels, at).

    What `header` has is added to the header of all parts.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    for name, planes, (x, y) in [("rgba", channels, at), *others]:
        height, width = next(iter(planes.values())).shape
        full = display or (width, height)
        head = {
            **(header or {}),
            "name": name,
            "type": OpenEXR.scanlineimage,
            "compression": OpenEXR.ZIP_COMPRESSION,
            "dataWindow": (np.array([x, y], np.int32), np.array([x + width - 1, y + height - 1], np.int32)),
            "displayWindow": (np.zeros(2, np.int32), np.array([full[0] - 1, full[1] - 1], np.int32)),
        }
        if not others:
            del head["name"]
        parts.append(OpenEXR.Part(head, {k: OpenEXR.Channel(k, v.copy()) for k, v in planes.items()}))
    OpenEXR.File(parts).write(str(path))
    return path


def load(path: Path | str, part: int = 0) -> dict[str, np.ndarray]:
    """Every channel of one part, read by the OpenEXR package alone."""
    file = OpenEXR.File(str(path), separate_channels=True)
    return {name: np.array(channel.pixels) for name, channel in file.parts[part].channels.items()}


def load_rgb(path: Path | str) -> np.ndarray:
    planes = load(path)
    return np.stack([planes[name].astype(np.float32) for name in "RGB"], -1)


def open_shot(made: Rendered, *, budget: int = 2**30, device: str = "cpu", **matte: Any) -> Shot:
    plate, mattes = (find_sequence(spec, role=role) for spec, role in ((made.plate, "plate"), (made.matte, "matte")))
    return Shot(plate, mattes, "RGB", MatteOptions(**matte), torch.device(device), budget)


def prepared(shot: Shot, engine: str, folder: Path, horizon: float = 20.0) -> tuple[Any, Any]:
    """An engine's module and what its `fill` needs; `project` gets the camera of `travelling`."""
    module = import_module(ENGINES[engine].module)
    motion = survey(shot, lambda _done, _total: None)
    folder.mkdir(parents=True, exist_ok=True)
    if engine == "project":
        keep_solved(folder, travelling_camera(shot.numbers, (shot.height, shot.width), horizon), "known")
    module.analyse(shot, motion, folder, lambda _done, _total: None)
    return module, module.ready(shot, motion, folder)


def results(folder: Path | str) -> dict[int, Path]:
    """The results clean.####.exr in a folder, by frame."""
    files = sorted(Path(folder).glob("clean.*.exr"))  # mattes that were found are beside them
    return {int(path.suffixes[0][1:]): path for path in files if path.suffixes[0][1:].isdigit()}


def planes_of(folder: Path) -> dict[str, dict[str, bytes]]:
    """The bits of all channels of a folder's results, whatever their headers say of the job."""
    files = sorted(folder.glob("clean.*.exr"))
    return {file.name: {name: plane.tobytes() for name, plane in load(file).items()} for file in files}


def contents(folder: Path | str) -> dict[int, bytes]:
    """Every byte of every result in a folder."""
    return {number: path.read_bytes() for number, path in results(folder).items()}


def bits(values: np.ndarray) -> np.ndarray:
    """The values' bits as whole numbers, so that NaN equals the same NaN."""
    return values.view({2: np.uint16, 4: np.uint32}[values.dtype.itemsize])


def assert_only_the_hole_changed(plate: Path | str, result: Path | str, hole: np.ndarray, filled: str = "RGB") -> None:
    """Every part, window and channel of the result is the plate's, bit for bit, but for `filled` within the hole."""
    before, after = (OpenEXR.File(str(path), separate_channels=True).parts for path in (plate, result))
    assert len(after) == len(before)
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        for window in ("dataWindow", "displayWindow"):
            assert np.array_equal(np.array(old.header[window]), np.array(new.header[window]))
        assert set(new.channels) - set(old.channels) <= set(AOVS)
        for name, channel in old.channels.items():
            was, now = bits(channel.pixels), bits(new.channels[name].pixels)
            where = ~hole if index == 0 and name in filled else slice(None)
            assert now.dtype == was.dtype and np.array_equal(now[where], was[where]), f"part {index}, channel {name}"


def psnr(result: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    """Decibels in a display's range: light / (1 + light), so that lamps don't drown everything else."""
    shown = [np.sqrt(np.clip(v[where], 0, None) / (1 + np.clip(v[where], 0, None))) for v in (result, truth)]
    error = float(np.mean((shown[0] - shown[1]) ** 2))
    return 99.0 if error == 0 else float(-10 * np.log10(error))
