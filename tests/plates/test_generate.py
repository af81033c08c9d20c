"""A new plate is new, of the reference's own pixels, the same for a seed, and traceable."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import torch

import vfx_ai
from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.stamp import read_stamp
from vfx_ai.plates import asked_new
from vfx_ai.plates.choose import nature_of
from vfx_ai.plates.figures import compare, copy_share
from vfx_ai.plates.levels import Clip
from vfx_ai.plates.spread import spreading
from vfx_ai.plates.synthesis import Recipe, synthesise
from vfx_ai.proof.sidecar import read_sidecar

CPU = torch.device("cpu")
HEIGHT, WIDTH, COUNT = 32, 48, 7
SMALL = Recipe(14.0, 0.85, passes=(2, 1))


def volume(frames: int = COUNT, height: int = HEIGHT, width: int = WIDTH, seed: int = 1) -> np.ndarray:
    """Blobs that go by, some of them of light 30, over a ground that is bright below."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    out = np.repeat((0.02 + 0.3 * (y / height) ** 2)[None, ..., None], frames, 0).repeat(3, -1)
    for _ in range(60):
        cx, cy, bright = (
            draw.uniform(0, width),
            draw.uniform(0, height),
            draw.choice([0.2, 0.4, 30.0], p=[0.5, 0.4, 0.1]),
        )
        vx, vy, size = draw.normal(0, 1), draw.normal(0, 0.4), draw.uniform(0.8, 2.5)
        for t in range(frames):
            blob = np.exp(-(((x - cx - vx * t) % width) ** 2 + (y - cy - vy * t) ** 2) / (2 * size**2))
            out[t] += (bright * blob)[..., None] * np.array([1, 0.6, 0.3])
    return out.astype(np.float32)


@pytest.fixture
def reference(tmp_path: Path) -> str:
    folder = tmp_path / "ref"
    folder.mkdir()
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "framesPerSecond": Fraction(25),
    }
    for i, frame in enumerate(volume()):
        planes = {name: np.ascontiguousarray(frame[..., j], np.float16) for j, name in enumerate("RGB")}
        OpenEXR.File(header, planes).write(str(folder / f"sea.{1101 + i}.exr"))
    return str(folder / "sea.####.exr")


def planes_of(path: Path) -> dict[str, np.ndarray]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: channel.pixels for name, channel in file.channels().items()}


def made(seed: int = 1, threads: int = 1, recipe: Recipe = SMALL, hidden: torch.Tensor | None = None):
    clip = Clip(to_log(torch.from_numpy(volume())), hidden)
    with spreading(CPU, threads) as spread:
        return synthesise([clip], (COUNT, HEIGHT, WIDTH + 8), recipe, seed, spread)


def test_the_same_seed_gives_the_same_bits_for_one_thread_and_two() -> None:
    one, two, other = made(), made(threads=2), made(seed=2)
    assert torch.equal(one.light, two.light)
    assert torch.equal(one.place, two.place)
    assert not torch.allclose(one.light, other.light, atol=0.5)


def test_it_is_like_the_reference_and_not_the_reference() -> None:
    one, clip = made(recipe=Recipe(14.0, 0.85)), to_log(torch.from_numpy(volume()))
    with spreading(CPU) as spread:
        figures = compare(one.light, clip, from_log, spread)
        other = compare(clip.flip(1), clip, from_log, spread)
    assert figures.coherence < 0.6 * other.coherence
    assert figures.completeness < 1.0
    assert 0.5 < figures.mean < 1.5 and 0.8 < figures.brightest <= 1.01
    assert copy_share(one.corner) < 0.6


def test_no_patch_touches_what_is_masked() -> None:
    hidden = torch.zeros((COUNT, HEIGHT, WIDTH))
    hidden[:, 8:20, 14:26] = 1
    one = made(hidden=hidden)
    at = one.place
    inside = one.level.light.shape
    x, y, t = at % inside[2], at // inside[2] % inside[1], at // (inside[1] * inside[2])
    assert float(hidden[t, y, x].max()) == 0
    assert bool((hidden[:, :, :] == 1).any())


def test_copies_are_measured() -> None:
    axes = torch.meshgrid(*[torch.arange(n).int() for n in (4, 8, 10)], indexing="ij")
    whole = torch.stack(axes, -1)
    assert copy_share(whole + 3) == 1
    half = whole.clone()
    half[:, :, 5:] += 20
    assert copy_share(half) == 0.5
    apart = torch.randint(0, 500, whole.shape, generator=torch.Generator().manual_seed(1)).int()
    assert copy_share(apart) < 0.02


def test_how_a_reference_moves_is_seen() -> None:
    still = torch.rand((1, 24, 32, 3), generator=torch.Generator().manual_seed(1)).repeat(12, 1, 1, 1)
    noise = torch.rand((12, 24, 32, 3), generator=torch.Generator().manual_seed(2))
    assert nature_of(Clip(still)).slow
    assert not nature_of(Clip(noise)).slow and nature_of(Clip(noise)).soon < 0.2


def test_frames_are_written_with_where_they_are_from(reference: str, tmp_path: Path) -> None:
    one = vfx_ai.generate(reference, tmp_path / "out/new.####.exr", frames=4, size="56x32", fps="24", device="cpu")
    assert one.frames == (1001, 1002, 1003, 1004)
    assert (one.width, one.height, one.scale) == (56, 32, 1.0)
    found = planes_of(tmp_path / "out/new.1002.exr")
    assert found["R"].shape == (32, 56) and found["R"].dtype == np.float16
    assert (found["fill.source"] == 2).all()
    assert set(np.unique(found["fill.from.frame"])) <= set(range(1101, 1108))
    near = 0.0
    for frame in np.unique(found["fill.from.frame"]):
        mine = found["fill.from.frame"] == frame
        lent = planes_of(Path(reference.replace("####", f"{int(frame)}")))["G"].astype(np.float32)
        y, x = (found[f"fill.from.{axis}"][mine].astype(int) for axis in "yx")
        near += float(
            (np.abs(np.log2(lent[y, x] + 0.02) - np.log2(found["G"][mine].astype(np.float32) + 0.02)) < 0.5).sum()
        )
    assert near / found["G"].size > 0.8
    header = OpenEXR.File(str(tmp_path / "out/new.1002.exr"), header_only=True).parts[0].header
    assert header["framesPerSecond"] == 24
    assert json.loads((tmp_path / "out/report.json").read_text())["figures"]["coherence"] > 0
    assert "data:image/jpeg" in (tmp_path / "out/report.html").read_text()


def test_a_frame_does_not_depend_on_which_others_are_made(reference: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(asked_new, "_scale", lambda *_: 0.7)  # searched smaller, so that detail is laid on
    words = {"frames": 3, "seed": 5, "device": "cpu"}
    vfx_ai.generate(reference, tmp_path / "whole/n.####.exr", **words)
    part = vfx_ai.generate(reference, tmp_path / "part/n.####.exr", sample=1, **words)
    assert part.frames == (1001,)
    assert not (tmp_path / "part/n.1002.exr").exists()
    at = (tmp_path / "part/n.1001.exr").stat().st_mtime_ns
    vfx_ai.generate(reference, tmp_path / "part/n.####.exr", **words)
    assert (tmp_path / "part/n.1001.exr").stat().st_mtime_ns == at
    for number in (1001, 1002, 1003):
        one, two = (planes_of(tmp_path / folder / f"n.{number}.exr") for folder in ("whole", "part"))
        assert all(np.array_equal(one[name], two[name]) for name in one)
    brightest = max(float(planes_of(Path(reference.replace("####", str(n))))["R"].max()) for n in range(1101, 1108))
    assert (
        max(float(planes_of(tmp_path / f"whole/n.{n}.exr")["R"].max()) for n in (1001, 1002, 1003)) <= brightest * 1.001
    )


def test_a_dry_run_writes_nothing(reference: str, tmp_path: Path) -> None:
    one = vfx_ai.generate(reference, tmp_path / "out/n.####.exr", frames=100, size="640x360", dry_run=True)
    assert not (tmp_path / "out").exists()
    assert one.scale < 1 and one.estimate[0] > 60 and one.estimate[1] > 1e9


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        ({"size": "10x10"}, JobError, "--size 1920x1080"),
        ({"fps": "fast"}, JobError, "--fps 24"),
        ({"frames": -1}, JobError, "--frames 120"),
        ({"mask": "nothing.####.exr"}, InputError, "mask"),
        ({"output": "n.exr", "frames": 3}, JobError, "n.####.exr"),
        ({"output": "n.####.png"}, OutputError, "Write EXR"),
        ({"memory": "64M", "size": "4096x2160", "frames": 5000}, JobError, "memory"),
    ],
)
def test_what_can_not_be_is_refused(reference: str, tmp_path: Path, words: dict, error: type, says: str) -> None:
    target = tmp_path / words.pop("output", "n.####.exr")
    with pytest.raises(error, match=says):
        vfx_ai.generate(reference, target, **words)


def test_a_still_gives_a_still_and_no_motion(reference: str, tmp_path: Path) -> None:
    still = reference.replace("####", "1103")
    with pytest.raises(JobError, match="a still has no motion"):
        vfx_ai.generate(still, tmp_path / "n.####.exr", frames=5)
    made = vfx_ai.generate([still, reference.replace("####", "1105")], tmp_path / "n.exr", frames=1, device="cpu")
    found = planes_of(tmp_path / "n.exr")
    assert made.length == 1
    assert set(np.unique(found["fill.from.reference"])) <= {1, 2}


def test_a_mask_that_leaves_nothing_is_told(reference: str, tmp_path: Path) -> None:
    OpenEXR.File(
        {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage},
        {"A": np.ones((HEIGHT, WIDTH), np.float16)},
    ).write(str(tmp_path / "mask.exr"))
    with pytest.raises(JobError, match="leaves nothing"):
        vfx_ai.generate(reference, tmp_path / "n.####.exr", mask=tmp_path / "mask.exr", frames=2, device="cpu")


def test_a_rate_is_read_as_it_is_meant() -> None:
    assert asked_new.rate_of("23.976") == Fraction(24000, 1001) == asked_new.rate_of("24000/1001")
    assert (asked_new.rate_of("25"), asked_new.rate_of("29.97")) == (25, Fraction(30000, 1001))
    assert asked_new.rate_of("") is None


def test_a_new_plate_says_how_it_was_made_and_is_done_again(reference: str, tmp_path: Path) -> None:
    asked = {"frames": 2, "size": "48x32", "seed": 7, "device": "cpu", "memory": "512M"}
    made = vfx_ai.generate(reference, tmp_path / "out/new.####.exr", **asked)
    known = read_sidecar(tmp_path / "out" / "new.vfxai.json")
    assert (known.kind, known.seeds, known.asked["memory"]) == ("plate_generate", {"seed": 7}, str(2**29))
    said = read_stamp(read_header(tmp_path / "out" / "new.1001.exr").parts[0])
    assert (said["pixels"], said["patch"], said["job"]) == (48 * 32, 1.0, known.job)
    again = vfx_ai.reproduce(tmp_path / "out" / "new.vfxai.json", tmp_path / "again")
    assert again.passed and again.identical == made.frames
