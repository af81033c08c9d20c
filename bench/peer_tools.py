"""Other tools that fill a hole in one picture, each as a function of a plate and its hole.

Those for pictures of 8 bits get sRGB and are taken as they come out, outside the hole too, as a user would have them;
G'MIC and scikit-image get the same encoding in float.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
RADIUS = 5  # of cv2.inpaint


def encoded(light: Floats) -> Floats:
    """sRGB of scene-linear light, 0 and up."""
    positive = np.maximum(light, 0)
    curve = 1.055 * np.power(np.maximum(positive, 0.0031308), np.float32(1 / 2.4)) - 0.055
    return np.where(positive <= 0.0031308, 12.92 * positive, curve).astype(np.float32)


def decoded(values: Floats) -> Floats:
    """Scene-linear light of sRGB."""
    curve = np.power((np.maximum(values, 0.04045) + 0.055) / 1.055, np.float32(2.4))
    return np.where(values <= 0.04045, values / 12.92, curve).astype(np.float32)


def bytes_of(light: Floats) -> npt.NDArray[np.uint8]:
    """8 bits of sRGB."""
    return np.clip(np.round(encoded(light) * 255), 0, 255).astype(np.uint8)


def light_of(picture: npt.NDArray[np.uint8]) -> Floats:
    """Scene-linear light of 8 bits of sRGB."""
    return decoded(picture.astype(np.float32) / 255)


def opencv(method: int) -> Callable[[Floats, Bools], Floats]:
    """cv2.inpaint."""
    return lambda plate, hole: light_of(cv2.inpaint(bytes_of(plate), hole.astype(np.uint8), RADIUS, method))


def gmic(command: str) -> Callable[[Floats, Bools], Floats]:
    """A command of G'MIC that fills picture 0 where picture 1 isn't 0."""

    def fill(plate: Floats, hole: Bools) -> Floats:
        import gmic as package

        pictures = package.ImageList(
            [
                package.Image.from_yxc(np.ascontiguousarray(encoded(plate) * 255)),
                package.Image.from_yxc(np.ascontiguousarray(hole[..., None].astype(np.float32))),
            ]
        )
        package.run(f"{command}[0] [1] remove[1]", pictures)
        return decoded(np.asarray(pictures[0].to_numpy())[:, :, 0].swapaxes(0, 1) / 255)

    return fill


def biharmonic(plate: Floats, hole: Bools) -> Floats:
    """scikit-image's smooth surface, in the encoding of sRGB, float."""
    from skimage.restoration import inpaint_biharmonic

    filled = inpaint_biharmonic(encoded(plate), hole, split_into_regions=True, channel_axis=-1)
    return decoded(np.asarray(filled, np.float32))


def patchmatch(plate: Floats, hole: Bools) -> Floats:
    """PyPatchMatch."""
    from patchmatch import patch_match

    return light_of(patch_match.inpaint(bytes_of(plate), hole.astype(np.uint8) * 255, patch_size=5))


def ffmpeg(described: Callable[[Bools, Path], str]) -> Callable[[Floats, Bools], Floats]:
    """A filter of ffmpeg, started anew for each frame, since its mask can't change."""

    def fill(plate: Floats, hole: Bools) -> Floats:
        height, width = hole.shape
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
        with tempfile.TemporaryDirectory() as folder:
            chain = described(hole, Path(folder))
            size = ["-s", f"{width}x{height}", "-i", "-", "-vf", chain]
            command = [ffmpeg_program(), "-v", "error", *raw, *size, *raw, "-"]
            done = subprocess.run(command, input=bytes_of(plate).tobytes(), capture_output=True, check=True)
        return light_of(np.frombuffer(done.stdout, np.uint8).reshape(height, width, 3))

    return fill


def ffmpeg_program() -> str:
    """The ffmpeg that is installed, else that of imageio-ffmpeg."""
    found = shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def removelogo(hole: Bools, folder: Path) -> str:
    """ffmpeg's filter for a mask."""
    cv2.imwrite(str(folder / "mask.png"), hole.astype(np.uint8) * 255)
    return f"removelogo=filename={(folder / 'mask.png').as_posix()}"


def delogo(hole: Bools, _folder: Path) -> str:
    """ffmpeg's filter for a box, once for each of the largest parts of the hole."""
    height, width = hole.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8))
    largest = sorted(stats[1:].tolist(), key=lambda part: -part[4])[:8]
    filters = ["format=yuv444p"]
    for x, y, w, h, _ in largest:
        x0, y0, x1, y1 = max(x, 1), max(y, 1), min(x + w, width - 1), min(y + h, height - 1)
        filters.append(f"delogo=x={x0}:y={y0}:w={max(1, x1 - x0)}:h={max(1, y1 - y0)}")
    return ",".join(filters)


def rest(picture: Floats, left: Bools) -> Floats:
    """A picture whose pixels that are left are filled by TELEA."""
    if not left.any():
        return picture
    return np.where(left[..., None], opencv(cv2.INPAINT_TELEA)(picture, left), picture)
