"""Objects of a shot, listed and picked, from files to files."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from cryptomattes import IDS, halves, in_half, planes, told

import vfx_ai
from vfx_ai.errors import Interrupted, JobError, OutputError
from vfx_ai.matte import objects as module
from vfx_ai.matte.objects import check_objects
from vfx_ai.media.sequence import find_sequence

COVERED = halves()
NOTHING = np.zeros((6, 8), np.float32)


@pytest.fixture
def shot(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> Path:
    """Three frames; torus is in the last one alone, the asterisk in the manifest alone."""
    for number in (1001, 1002, 1003):
        covered = COVERED if number == 1003 else {**COVERED, "torus": NOTHING}
        channels = {**half_noise("RGB", 6, 8), **planes(covered)}
        time = {
            "framesPerSecond": Fraction(24000, 1001),
            "timeCode": OpenEXR.TimeCode(1, 0, 0, number - 1000, *[0] * 14),
        }
        make_exr(tmp_path / f"plate.{number}.exr", channels, window=(-1, 2), display=(10, 9), **told(), **time)
    return tmp_path / "plate.####.exr"


def test_the_objects_of_a_frame_are_listed_the_largest_first(shot: Path) -> None:
    (names,) = vfx_ai.matte_names(shot, frame=1003)
    area = 10 * 9
    seen = {name: float(plane[:, 1:].sum()) / area for name, plane in COVERED.items()}
    assert (names.layer, names.frame, names.ranks, names.note) == ("CryptoObject", 1003, 4, "")
    assert {shown.name: pytest.approx(shown.share) for shown in names.objects} == seen
    assert [shown.share for shown in names.objects] == sorted(seen.values(), reverse=True)
    assert set(names.absent) == IDS.keys() - COVERED.keys()
    assert "torus" in vfx_ai.matte_names(shot)[0].absent


def test_what_is_listed_can_be_picked_as_it_is_written(tmp_path: Path, make_exr: Callable) -> None:
    odd = dict.fromkeys(list(IDS)[3:], NOTHING + 0.2)
    odd["deadbe0f"] = NOTHING + 0.1
    path = make_exr(tmp_path / "a.exr", planes(odd, pictures=4), **told())
    (names,) = vfx_ai.matte_names(path)
    assert len(names.objects) == 7
    for shown in names.objects:
        picked = vfx_ai.pick_matte(path, shown.pick, tmp_path / "m.exr")
        assert picked.objects == (shown.name,)
        assert picked.share == pytest.approx(shown.share)


def test_a_picked_matte_is_an_exr_with_the_windows_of_the_plate(shot: Path, tmp_path: Path) -> None:
    events = []
    picked = vfx_ai.pick_matte(shot, "tor*,bunny", tmp_path / "out" / "m.####.exr", progress=events.append)
    assert (picked.frames, picked.empty, picked.objects) == ((1001, 1002, 1003), (), ("torus", "bunny"))
    assert [event.frame for event in events] == [None, 1001, 1002, 1003]
    for number in picked.frames:
        part = OpenEXR.File(str(tmp_path / "out" / f"m.{number}.exr"), separate_channels=True).parts[0]
        assert {name: channel.pixels.dtype for name, channel in part.channels.items()} == {"A": np.float16}
        expected = COVERED["bunny"] + (COVERED["torus"] if number == 1003 else 0)
        assert np.array_equal(part.channels["A"].pixels, expected.astype(np.float16))
        plate = OpenEXR.File(str(shot).replace("####", str(number)), separate_channels=True).parts[0]
        for window in ("dataWindow", "displayWindow"):
            assert np.array_equal(part.header[window], plate.header[window])
        assert part.header["framesPerSecond"] == Fraction(24000, 1001)
        assert part.header["timeCode"].frame == plate.header["timeCode"].frame == number - 1000


def test_an_object_may_be_out_of_the_picture_for_a_while(shot: Path, tmp_path: Path) -> None:
    picked = vfx_ai.pick_matte(shot, "torus", tmp_path / "out/")
    assert picked.empty == (1001, 1002)
    assert picked.output == str(tmp_path / "out" / "plate_matte.####.exr")
    picked = vfx_ai.pick_matte(shot, "torus", tmp_path / "m.####.exr", frames="1003")
    assert picked.frames == (1003,) and not picked.empty


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ("bunnny", "bunnny isn't among the objects of CryptoObject. There is bunny."),
        ("bunny, Torus", "Torus isn't among the objects of CryptoObject. There is torus."),
        ("bun?", "bun? isn't among the objects of CryptoObject. There is bunny."),
        ("zzz", "zzz isn't among the objects of CryptoObject. There is bunny, default, torus."),
        ("has_\\*_asterisk", "has_\\*_asterisk has no pixel in any frame of CryptoObject."),
        ("<12345678>", "<12345678> has no pixel in any frame of CryptoObject."),
    ],
)
def test_what_has_no_pixel_is_one_error_with_names_that_are_near(
    objects: str, says: str, shot: Path, tmp_path: Path
) -> None:
    with pytest.raises(JobError) as caught:
        vfx_ai.pick_matte(shot, objects, tmp_path / "out" / "m.####.exr")
    assert says in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_name_of_another_cryptomatte_says_which(tmp_path: Path, make_exr: Callable) -> None:
    channels = {**planes({"bunny": NOTHING + 1}), **planes({"torus": NOTHING + 1}, "CryptoMaterial")}
    about = {**told(names={"bunny": IDS["bunny"]}), **told("CryptoMaterial", {"torus": IDS["torus"]}, "be93ba3")}
    path = make_exr(tmp_path / "a.exr", channels, **about)
    with pytest.raises(JobError, match="It is in CryptoMaterial: name that layer"):
        vfx_ai.pick_matte(path, "torus", tmp_path / "m.exr")
    assert vfx_ai.pick_matte(path, "torus", tmp_path / "m.exr", layer="CryptoMaterial").share == pytest.approx(48 / 48)


def test_a_name_that_no_header_has_costs_a_few_frames_and_one_in_a_header_is_looked_for_in_all(
    tmp_path: Path, make_exr: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 13):
        covered = {"bunny": NOTHING + 1, "torus": NOTHING + (number == 11)}
        make_exr(tmp_path / f"p.{number:04d}.exr", planes(covered, pictures=1), **told())
    files, read = find_sequence(str(tmp_path / "p.####.exr")), []
    shares = module.read_shares
    monkeypatch.setattr(module, "read_shares", lambda *words: read.append(words[1]) or shares(*words))
    check_objects(files, files.frames, "torus")
    assert read[-1] == 11
    read.clear()
    with pytest.raises(JobError):
        check_objects(files, files.frames, "taurus")
    assert len(read) == 5
    read.clear()
    check_objects(files, (11, *files.frames), "torus,bunny")
    assert read == [11]
    read.clear()
    held = find_sequence(str(tmp_path / "p.0011.exr"))
    with pytest.raises(JobError):
        check_objects(held, range(100), "taurus")
    assert read == [0]


def test_a_gap_that_counts_as_black_has_no_object(shot: Path, tmp_path: Path) -> None:
    Path(str(shot).replace("####", "1002")).unlink()
    picked = vfx_ai.pick_matte(shot, "bunny", tmp_path / "m.####.exr", missing="black")
    assert picked.empty == (1002,)
    held = vfx_ai.pick_matte(shot, "bunny", tmp_path / "m.####.exr", missing="hold")
    assert held.empty == ()


def test_a_stop_keeps_what_is_written(shot: Path, tmp_path: Path) -> None:
    asked = iter((False, False, True))
    with pytest.raises(Interrupted, match="2 frames"):
        vfx_ai.pick_matte(shot, "bunny", tmp_path / "out" / "m.####.exr", cancelled=lambda: next(asked))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["m.1001.exr", "m.1002.exr"]


def test_a_matte_never_takes_the_place_of_its_plate(shot: Path) -> None:
    with pytest.raises(OutputError, match="take the place of"):
        vfx_ai.pick_matte(shot, "bunny", shot)


def test_a_cryptomatte_that_cannot_be_used_is_listed_with_the_reason(tmp_path: Path, make_exr: Callable) -> None:
    (names,) = vfx_ai.matte_names(make_exr(tmp_path / "a.exr", in_half(planes(COVERED)), **told()))
    assert not names.objects and "is half" in names.note
