"""The sample shot's promises: what the README and the demo say of it is so, and its judge judges."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import OpenEXR
import pytest

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SHOT = SAMPLES / "courtyard"
FRAMES = range(1001, 1017)
MEGABYTE = 1_000_000


def read(path: Path, names: str) -> np.ndarray:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return np.stack([np.array(file.channels()[name].pixels) for name in names], axis=-1)


def header(path: Path) -> dict:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return dict(file.header())


def grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    for _ in range(pixels):
        padded = np.pad(mask, 1)
        height, width = mask.shape
        mask = np.max([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)
    return mask


@pytest.fixture(scope="module")
def facts() -> dict:
    return json.loads((SHOT / "shot.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_sample", SAMPLES / "score_sample.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_frame_has_plate_matte_and_clean() -> None:
    for name in ("plate", "matte", "clean"):
        assert [path.name for path in sorted(SHOT.glob(f"{name}.*"))] == [f"{name}.{n}.exr" for n in FRAMES]


def test_all_files_have_the_same_windows_and_carry_production_attributes() -> None:
    headers = [header(path) for path in sorted(SHOT.glob("*.exr"))]
    for window in ("dataWindow", "displayWindow"):
        assert len({str(h[window]) for h in headers}) == 1
    for h in headers:
        assert {"timeCode", "framesPerSecond", "chromaticities", "pixelAspectRatio", "shotName"} <= h.keys()
    assert len({str(header(SHOT / f"plate.{n}.exr")["timeCode"]) for n in FRAMES}) == len(FRAMES)


def test_outside_the_matte_plate_and_clean_are_bit_identical(facts: dict) -> None:
    for n in FRAMES:
        hole = read(SHOT / f"matte.{n}.exr", "A")[..., 0] > 0
        plate, clean = read(SHOT / f"plate.{n}.exr", "RGB"), read(SHOT / f"clean.{n}.exr", "RGB")
        assert plate.dtype == clean.dtype == np.float16
        near = grown(hole, facts["clean_near_pixels"])
        differs = (plate.view(np.uint16) != clean.view(np.uint16)).any(-1)
        assert not (differs & near & ~hole).any()
        assert differs[hole].any()


def test_the_hole_is_there_in_every_frame_and_nowhere_large() -> None:
    for n in FRAMES:
        share = float((read(SHOT / f"matte.{n}.exr", "A") > 0).mean())
        assert 0.01 < share < 0.12


def test_the_matte_has_a_soft_edge_and_a_whole_core() -> None:
    matte = read(SHOT / f"matte.{FRAMES[0]}.exr", "A")
    assert ((matte > 0) & (matte < 1)).any()
    assert matte.max() == 1


def test_lamps_far_above_one_stand_in_the_picture_and_in_the_hole() -> None:
    plates = [read(SHOT / f"plate.{n}.exr", "RGB") for n in FRAMES]
    assert all(plate[8:-8, 8:-8].max() > 20 for plate in plates)
    cleans = [read(SHOT / f"clean.{n}.exr", "RGB") for n in FRAMES]
    holes = [read(SHOT / f"matte.{n}.exr", "A")[..., 0] > 0 for n in FRAMES]
    assert max(float(clean[hole].max()) for clean, hole in zip(cleans, holes, strict=True)) > 20


def test_no_pixel_is_nan_or_infinite() -> None:
    for path in SHOT.glob("*.exr"):
        assert np.isfinite(read(path, "A" if path.name.startswith("matte") else "RGB")).all()


def test_nearly_all_of_the_hole_is_seen_in_another_frame(facts: dict) -> None:
    assert facts["seen_elsewhere"] > 0.95


def test_the_camera_of_every_frame_is_known_and_moves(facts: dict) -> None:
    poses = np.array([facts["camera_to_world"][str(n)] for n in FRAMES])
    assert poses.shape == (len(FRAMES), 4, 4)
    assert np.linalg.norm(poses[-1, :3, 3] - poses[0, :3, 3]) > 0.3
    assert facts["focal_pixels"] > 0


def test_the_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in SHOT.iterdir()) < 6 * MEGABYTE


def put_together(folder: Path, frame: int) -> np.ndarray:
    hole = read(SHOT / f"matte.{frame}.exr", "A") > 0
    truth = np.where(hole, read(SHOT / f"clean.{frame}.exr", "RGB"), read(SHOT / f"plate.{frame}.exr", "RGB"))
    write(folder, frame, truth)
    return truth


def write(folder: Path, frame: int, pixels: np.ndarray) -> None:
    channels = {name: np.ascontiguousarray(pixels[..., c]) for c, name in enumerate("RGB")}
    with OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION}, channels) as file:
        file.write(str(folder / f"r.{frame}.exr"))


def test_the_judge_finds_no_fault_with_the_truth(judge: ModuleType, tmp_path: Path) -> None:
    put_together(tmp_path, 1008)
    tallies = judge.score(str(tmp_path / "r.####.exr"))
    assert tallies["vfx-ai"].psnr == float("inf")
    assert tallies["vfx-ai"].changed == 0
    assert tallies["nothing done"].psnr < tallies["OpenCV TELEA"].psnr < 60


def test_the_judge_counts_a_single_bit_outside_the_matte(judge: ModuleType, tmp_path: Path) -> None:
    result = put_together(tmp_path, 1008)
    result[0, 0, 1] = np.nextafter(result[0, 0, 1], np.float16(9))
    write(tmp_path, 1008, result)
    assert judge.score(str(tmp_path / "r.####.exr"))["vfx-ai"].changed == 1
