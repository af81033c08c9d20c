"""What a model made, as files of their own beside the result: what they hold, who knows of them, what is left alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from plain_maker import FRAMES, SIZE, filled, result, shot
from rendered import load, save

import vfx_ai
from vfx_ai.fill import MAKERS, MODEL, Making
from vfx_ai.proof.sidecar import read_sidecar
from vfx_ai.proof.signing import changed_frames


@pytest.fixture(autouse=True)
def stripes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The plain maker stands where the internal one does."""
    monkeypatch.setitem(MAKERS, "internal", Making("plain_maker", "stripes", "tests", source=MODEL))
    yield


def corner(path: Path) -> tuple[int, int]:
    x, y = header(path)["dataWindow"][0]
    return int(x), int(y)


def header(path: Path) -> dict[str, Any]:
    return dict(OpenEXR.File(str(path)).parts[0].header)


def change(path: Path, name: str) -> None:
    """As who opens a file, changes a channel and says nothing of it."""
    layer = load(path)
    said = {key: value for key, value in header(path).items() if key.startswith("vfxai:")}
    save(path, {**layer, name: layer[name] * 2}, corner(path), header=said)


def test_what_was_made_lies_by_itself_and_laid_over_what_is_there_without_it_is_the_result(tmp_path: Path) -> None:
    """A compositor grades it, leaves it out or merges it anew: bit for bit, and the result is as without such files."""
    plate = shot(tmp_path)
    report = filled(plate)
    filled(plate, "auto", engine="auto")
    for record in report.frames:
        done, auto = load(result(plate, record.frame)), load(result(plate, record.frame, "auto"))
        path = tmp_path / "made" / f"clean_made.{record.frame}.exr"
        layer, (x, y) = load(path), corner(path)
        height, width = layer["A"].shape
        there = (slice(y, y + height), slice(x, x + width))
        assert np.array_equal(layer["A"] == 1, done["fill.source"][there] == MODEL)
        assert (layer["A"] == 1).sum() == record.made == (done["fill.source"] == MODEL).sum()
        assert record.apart == str(path)
        for name in "RGB":
            over = auto[name].copy()
            over[there] = layer[name] * layer["A"] + auto[name][there] * (1 - layer["A"])
            assert np.array_equal(over, done[name]) and over.dtype == done[name].dtype
            off = done[name].copy()  # switched off
            off[there] = np.where(layer["A"] > 0, layer[f"under.{name}"], off[there])
            assert np.array_equal(off, auto[name])
    assert any("clean_made.####.exr" in note for note in report.notes) and report.passed
    assert all(verdict.passed for verdict in vfx_ai.verify(plate, tmp_path / "made", plate.replace("plate.", "matte.")))


def test_a_frame_without_made_pixels_has_an_empty_layer(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    save(tmp_path / "matte.1002.exr", {"A": np.zeros(SIZE, np.float32)})  # it shows what others hide
    filled(plate, frames="1002-1003")
    for number in (1002, 1003):
        empty = load(tmp_path / "made" / f"clean_made.{number}.exr")
        assert empty["A"].shape == (1, 1) and not any(plane.any() for plane in empty.values())
    assert filled(plate, frames="1002-1003").skipped == (1002, 1003)
    filled(plate, "plain", aovs=False, frames="1002")
    assert not list((tmp_path / "plain").glob("*_made*"))


def test_a_layer_that_is_lost_is_made_again_and_a_changed_one_is_found(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    path = tmp_path / "made" / "clean_made.1003.exr"
    made = filled(plate, frames="1003").frames[0].made
    before = path.read_bytes()
    path.unlink()
    assert not filled(plate, frames="1003").skipped and path.read_bytes() == before
    change(path, "G")
    (verdict,) = vfx_ai.verify(plate, result(plate, 1003), plate.replace("plate.", "matte."))
    assert verdict.findings == (f"{path.name} isn't what the result shows, in {made} pixels",)


def test_the_sidecar_knows_of_it_and_it_is_made_again_to_the_bit(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    filled(plate, frames="1003")
    sidecar = tmp_path / "made" / "clean.vfxai.json"
    path = tmp_path / "made" / "clean_made.1003.exr"
    told = json.loads(sidecar.read_text())["frames"][0]["made"]
    assert told["path"] == path.name and told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    again = vfx_ai.reproduce(sidecar, tmp_path / "again")
    assert again.passed and again.identical == (1003,)
    traced = vfx_ai.trace(path)
    assert "clean.vfxai.json" in traced.told_by and "its header" in traced.told_by
    change(path, "R")
    assert changed_frames(read_sidecar(sidecar), sidecar.parent) == {1003: f"{path.name} was changed"}
    again = vfx_ai.reproduce(sidecar, tmp_path / "once more")
    assert again.passed, "the sidecar's hash counts, not a file that was changed since"


def test_a_wider_plate_has_such_a_layer_too(tmp_path: Path) -> None:
    """Whatever the model made beyond the edge, over what is there without it."""
    plate = shot(tmp_path)
    for engine in ("internal", "auto"):
        wide = tmp_path / engine / "wide.####.exr"
        vfx_ai.extend(plate, wide, pad="20,0,20,0", frames="1003", engine=engine, grain="none", device="cpu")
    done, auto = (load(tmp_path / engine / "wide.1003.exr") for engine in ("internal", "auto"))
    path = tmp_path / "internal" / "wide_made.1003.exr"
    layer, (x, y) = load(path), corner(path)
    assert (x, y, *layer["A"].shape) == (-20, 0, SIZE[0], SIZE[1] + 40) and not layer["A"][:, 20:-20].any()
    assert (done["fill.source"] == MODEL)[:, :20].all() and (layer["A"][:, :20] == 1).all()
    for name in "RGB":
        over = layer[name] * layer["A"] + auto[name] * (1 - layer["A"])
        assert np.array_equal(over, done[name])


def test_a_plate_is_not_written_over_by_it(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    for number in FRAMES:
        (tmp_path / f"plate.{number}.exr").rename(tmp_path / f"clean_made.{number}.exr")
    with pytest.raises(vfx_ai.VfxAiError, match="take the place"):
        vfx_ai.inpaint(
            tmp_path / "clean_made.####.exr",
            tmp_path / "matte.####.exr",
            tmp_path / "clean.####.exr",
            engine="internal",
        )
    assert plate


def test_what_an_earlier_job_left_is_not_taken_for_this_result(tmp_path: Path) -> None:
    """The hole is filled again without a model: the result has no layer, and verify has nothing to look for."""
    plate = shot(tmp_path)
    path = tmp_path / "made" / "clean_made.1003.exr"
    filled(plate, frames="1003")
    stale = path.read_bytes()
    filled(plate, frames="1003", engine="auto")
    assert not path.exists()
    path.write_bytes(stale)  # one that lay elsewhere meanwhile
    (verdict,) = vfx_ai.verify(plate, result(plate, 1003), plate.replace("plate.", "matte."))
    assert verdict.passed


def test_a_result_of_that_name_is_left_alone(tmp_path: Path) -> None:
    """Somebody's own sequence may be called as the layer would be."""
    plate = shot(tmp_path)
    own = tmp_path / "made" / "clean_made.####.exr"
    vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), own, engine="auto", frames="1003")
    before = (tmp_path / "made" / "clean_made.1003.exr").read_bytes()
    filled(plate, frames="1003", engine="auto")
    assert (tmp_path / "made" / "clean_made.1003.exr").read_bytes() == before
    (verdict,) = vfx_ai.verify(plate, result(plate, 1003), plate.replace("plate.", "matte."))
    assert verdict.passed


def test_a_plate_that_is_a_layer_does_not_make_its_result_one(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    filled(plate, frames="1003")
    layer = tmp_path / "made" / "clean_made.1003.exr"
    save(tmp_path / "hole.exr", {"A": np.zeros(SIZE, np.float32)})
    vfx_ai.inpaint(layer, tmp_path / "hole.exr", tmp_path / "softer.exr", engine="auto")
    assert header(layer)["vfxai:apart"] == 1 and "vfxai:apart" not in header(tmp_path / "softer.exr")


@pytest.mark.parametrize(
    "name, expected",
    [
        ("clean.####.exr", "clean_made.1003.exr"),
        ("####.exr", "result_made1003.exr"),
        ("a.####.clean.exr", "a_made.1003.clean.exr"),
        ("one.exr", "one_made.exr"),
        ("one.1003.exr", "one.1003_made.exr"),
    ],
)
def test_verify_finds_it_by_any_name(tmp_path: Path, name: str, expected: str) -> None:
    plate = shot(tmp_path, frames=range(1003, 1004))
    output = tmp_path / "out" / name
    vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), output, grain="none", engine="internal")
    path = tmp_path / "out" / expected
    change(path, "G")
    for asked in (output, output.with_name(name.replace("####", "1003"))):
        (verdict,) = vfx_ai.verify(plate, asked, plate.replace("plate.", "matte."))
        assert [finding.split(",")[0] for finding in verdict.findings] == [f"{path.name} isn't what the result shows"]
