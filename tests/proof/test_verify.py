"""verify finds what must not have changed, whatever it is, and nothing else."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from vfx_ai.errors import MissingFrameError, VerifyError
from vfx_ai.media import plate
from vfx_ai.media.exr_header import Attribute
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_splice import exchange_header
from vfx_ai.media.frame import Layer, Patch, Window
from vfx_ai.proof.verify import FrameVerdict, verify_frame
from vfx_ai.proof.verify_shot import verify_sequences

RGB = Layer("RGB", 0, ("R", "G", "B"))
WINDOW = Window(4, 4, 12, 12)


@pytest.fixture
def pair(tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable) -> tuple[Path, Path, Patch]:
    """A plate with NaN and ids, its right result, and the patch between."""
    channels = {**half_noise("RGBA"), "id": np.arange(480, dtype=np.uint32).reshape(20, 24)}
    channels["R"].view(np.uint16)[0, 0] = 0x7E01
    source, patch = make_exr(tmp_path / "plate.exr", channels, owner="studio"), make_patch(WINDOW)
    plate.write(source, tmp_path / "result.exr", 1, RGB, patch)
    return source, tmp_path / "result.exr", patch


def check(source: Path, result: Path, patch: Patch, **options: Any) -> FrameVerdict:
    return verify_frame(source, result, 1, RGB, patch.hole, patch.window, **options)


def touched(result: Path, change: Callable[[Any], None]) -> Path:
    file = OpenEXR.File(str(result), separate_channels=True)
    change(file.parts[0])
    file.write(str(result.with_name("touched.exr")))
    return result.with_name("touched.exr")


def test_a_right_result_passes(pair: tuple[Path, Path, Patch]) -> None:
    assert check(*pair) == FrameVerdict(1, 0, ())
    assert check(*pair).passed


@pytest.mark.parametrize("channel", ["R", "G", "A", "id"])
def test_one_changed_bit_outside_the_hole_is_found(pair: tuple[Path, Path, Patch], channel: str) -> None:
    def flip(part: Any) -> None:
        plane = part.channels[channel].pixels
        plane.view(f"u{plane.itemsize}")[15, 20] ^= 1

    source, result, patch = pair
    verdict = check(source, touched(result, flip), patch)
    assert verdict.differing == 1 and not verdict.passed


def test_a_changed_nan_payload_counts(pair: tuple[Path, Path, Patch]) -> None:
    def swap(part: Any) -> None:
        part.channels["R"].pixels.view(np.uint16)[0, 0] = 0x7E02

    source, result, patch = pair
    assert check(source, touched(result, swap), patch).differing == 1


def test_a_pixel_counts_once_however_many_channels_differ(pair: tuple[Path, Path, Patch]) -> None:
    def swap(part: Any) -> None:
        for name in "RGBA":
            part.channels[name].pixels[15, 20:22] = 99

    source, result, patch = pair
    assert check(source, touched(result, swap), patch).differing == 2


def test_another_channel_in_the_hole_is_a_finding(pair: tuple[Path, Path, Patch]) -> None:
    def swap(part: Any) -> None:
        part.channels["id"].pixels[8, 8] = 12345

    source, result, patch = pair
    verdict = check(source, touched(result, swap), patch)
    assert verdict.differing == 0 and "channel id" in verdict.findings[0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_or_inf_in_the_hole_is_a_finding(pair: tuple[Path, Path, Patch], value: float) -> None:
    def swap(part: Any) -> None:
        part.channels["G"].pixels[8, 8] = value

    source, result, patch = pair
    assert "NaN or Inf in 1 pixels" in check(source, touched(result, swap), patch).findings[0]


def test_channels_and_types_are_compared(pair: tuple[Path, Path, Patch], make_exr: Callable) -> None:
    source, result, patch = pair

    def remove(part: Any) -> None:
        del part.channels["id"]
        part.channels["extra"] = OpenEXR.Channel("extra", np.zeros((20, 24), np.float16))
        part.channels["A"] = OpenEXR.Channel("A", part.channels["A"].pixels.astype(np.float32))

    found = " ".join(check(source, touched(result, remove), patch).findings)
    assert "id is missing" in found and "extra was added" in found and "A is float" in found


@pytest.mark.parametrize(
    ("name", "kind", "value", "said"),
    [
        ("owner", "string", b"thief", "owner differs"),
        ("owner", "studioThing", b"studio", "owner differs"),
        ("news", "int", b"\1\0\0\0", "news was added"),
        ("displayWindow", "box2i", struct.pack("<4i", 0, 0, 30, 30), "displayWindow differs"),
        ("dataWindow", "box2i", struct.pack("<4i", 1, 0, 24, 19), "dataWindow differs"),
        ("owner", "", b"", "owner is missing"),
    ],
)
def test_attributes_and_windows_are_compared(
    pair: tuple[Path, Path, Patch], name: str, kind: str, value: bytes, said: str
) -> None:
    source, result, patch = pair
    header = read_header(result)
    kept = [a for a in header.parts[0].attributes.values() if a.name != name]
    exchange_header(
        result, header, [[*kept, *([Attribute(name, kind, value)] if kind else [])]], result.with_name("x.exr")
    )
    assert said in " ".join(check(source, result.with_name("x.exr"), patch).findings)


def test_another_compression_is_a_finding_unless_it_replaces_a_lossy_one(
    pair: tuple[Path, Path, Patch], tmp_path: Path, make_exr: Callable, half_noise: Callable
) -> None:
    def swap(part: Any) -> None:
        part.header["compression"] = OpenEXR.PIZ_COMPRESSION

    source, result, patch = pair
    assert "compression is PIZ" in check(source, touched(result, swap), patch).findings[0]
    lossy = make_exr(tmp_path / "lossy.exr", half_noise("RGB", 40, 40), compression=OpenEXR.DWAA_COMPRESSION)
    plate.write(lossy, tmp_path / "zip.exr", 1, RGB, patch)
    assert check(lossy, tmp_path / "zip.exr", patch).passed


def test_a_part_that_is_missing_is_a_finding(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    two = make_exr(tmp_path / "a.exr", parts=[({"name": "x"}, half_noise("RGB")), ({"name": "y"}, half_noise("Z"))])
    one = make_exr(tmp_path / "b.exr", half_noise("RGB"))
    assert "1 parts, the plate has 2" in check(two, one, make_patch(WINDOW)).findings[0]


def test_a_black_frame_is_compared_with_black(pair: tuple[Path, Path, Patch]) -> None:
    source, result, patch = pair
    plate.write(source, result.with_name("black.exr"), 1, RGB, patch, black=True)
    assert check(source, result.with_name("black.exr"), patch, black=True).passed
    assert check(source, result, patch, black=True).differing > 0


def write_shot(tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable) -> None:
    matte = np.zeros((20, 24), np.float16)
    matte[5:11, 5:11] = 1
    make_exr(tmp_path / "matte.exr", {"A": matte})
    for number in (1001, 1002, 1003):
        source = make_exr(tmp_path / "plate" / f"plate.{number}.exr", half_noise("RGB", seed=number))
        plate.write(source, tmp_path / "out" / f"clean.{number}.exr", number, RGB, make_patch(WINDOW))


def test_whole_sequences_are_verified_outside_of_the_matte(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    write_shot(tmp_path, make_exr, half_noise, make_patch)
    names = [str(tmp_path / name) for name in ("plate", "out/clean.####.exr", "matte.exr")]
    assert verify_sequences(*names) == tuple(FrameVerdict(number, 0, ()) for number in (1001, 1002, 1003))
    assert [v.differing for v in verify_sequences(*names, grow="-1")] == [20, 20, 20]
    (tmp_path / "out" / "clean.1002.exr").write_bytes(b"broken")
    verdicts = verify_sequences(*names)
    assert [v.passed for v in verdicts] == [True, False, True] and "damaged" in verdicts[1].findings[0]
    (tmp_path / "out" / "clean.1002.exr").unlink()
    assert [v.frame for v in verify_sequences(*names)] == [1001, 1003]


def test_a_result_without_its_plate_is_an_error(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    write_shot(tmp_path, make_exr, half_noise, make_patch)
    names = [str(tmp_path / name) for name in ("plate", "out/clean.####.exr", "matte.exr")]
    (tmp_path / "plate" / "plate.1003.exr").unlink()
    with pytest.raises(VerifyError, match="1003"):
        verify_sequences(*names)
    (tmp_path / "plate" / "plate.1001.exr").rename(tmp_path / "plate" / "plate.0999.exr")
    with pytest.raises(MissingFrameError):
        verify_sequences(*names)


def write_png(path: Path) -> Path:
    import OpenImageIO

    codes = np.random.default_rng(3).integers(0, 255, (20, 24, 3)).astype(np.uint8)
    writer = OpenImageIO.ImageOutput.create(str(path))
    assert writer.open(str(path), OpenImageIO.ImageSpec(24, 20, 3, "uint8"))
    assert writer.write_image(codes) and writer.close()
    return path


@pytest.mark.parametrize("extension", ["exr", "png"])
def test_a_plate_that_is_no_exr_is_compared_by_its_values(tmp_path: Path, make_patch: Callable, extension: str) -> None:
    source, patch = write_png(tmp_path / "plate.png"), make_patch(WINDOW, 0.5)
    result = tmp_path / f"result.{extension}"
    plate.write(source, result, 1, RGB, patch)
    assert check(source, result, patch).passed
    smaller = Patch(patch.window, patch.pixels, np.zeros_like(patch.hole), patch.source, patch.confidence)
    assert check(source, result, smaller).differing == patch.hole.sum()
