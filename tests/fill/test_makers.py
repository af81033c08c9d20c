"""What makes pixels: where it is asked, that it holds over time, what is told of it, and that the rest stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import plain_maker
import pytest
import torch
from plain_maker import FRAMES, MIDDLE, NEVER, SIZE, filled, result, shot
from rendered import load, load_rgb, save

import vfx_ai
from vfx_ai.errors import Interrupted, ResourceError
from vfx_ai.fill import MAKERS, MODEL, OTHER_FRAME, Making
from vfx_ai.fill.makers import seed_of

BOTH = pytest.mark.parametrize("stripes", [False, True], indirect=True, ids=["carried whole", "upon each frame's tone"])


@pytest.fixture(autouse=True)
def stripes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """The plain maker stands where the internal one does."""
    row = Making("plain_maker", "stripes", "tests", source=MODEL, upon_tone=getattr(request, "param", False))
    monkeypatch.setitem(MAKERS, "internal", row)
    plain_maker.asked.clear()
    plain_maker.seen.clear()
    yield


@pytest.mark.parametrize("grain", ["none", "match"])
def test_only_what_no_frame_shows_is_made_and_all_else_is_as_without_it_to_the_bit(tmp_path: Path, grain: str) -> None:
    plate = shot(tmp_path)
    report = filled(plate, grain=grain)
    filled(plate, "auto", engine="auto", grain=grain)
    for record in report.frames:
        made, auto = load(result(plate, record.frame)), load(result(plate, record.frame, "auto"))
        there = made["fill.source"] == MODEL
        assert there.sum() == record.made > 0.8 * 24 * 30
        assert (made["fill.confidence"][there] == 0).all() and (made["fill.from.frame"][there] == 0).all()
        assert (made["fill.gain.R"][there] == 1).all() and (auto["fill.source"][there] != OTHER_FRAME).all()
        for name, plane in made.items():
            assert np.array_equal(plane[~there], auto[name][~there]), (record.frame, name)
    assert report.passed and report.engine == "temporal, then internal"
    assert not any("changed while the run went on" in note for note in report.notes)
    data = json.loads((tmp_path / "made" / "report.json").read_text())
    assert data["frames"][0]["made"] == report.frames[0].made
    assert "made by a model" in (tmp_path / "made" / "report.html").read_text()


def test_a_maker_is_shown_real_pixels_and_told_where_they_are(tmp_path: Path) -> None:
    filled(shot(tmp_path))
    wanted = plain_maker.seen[0]
    assert wanted.number == MIDDLE and wanted.seed == seed_of(1, MIDDLE)
    assert not bool((wanted.region & wanted.known).any()) and bool((wanted.region | wanted.known).all())
    assert bool(wanted.region[NEVER].all()) and int(wanted.region.sum()) < 1.2 * 24 * 30
    assert float(wanted.scene.max()) < 40 and bool(torch.isfinite(wanted.scene).all())  # nothing of what must go


@BOTH
def test_what_is_made_stands_still_and_is_made_once(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    filled(plate)
    frames = [load_rgb(result(plate, number))[38:58, 72:98] for number in FRAMES]
    assert all(np.allclose(frames[2], frame, rtol=2e-3, atol=0) for frame in frames)  # of half floats
    assert abs(frames[0].max() - plain_maker.LAMP) < 0.01
    assert plain_maker.asked == [MIDDLE]


@BOTH
def test_it_follows_the_light(tmp_path: Path) -> None:
    plate = shot(tmp_path, stops=0.15)
    filled(plate)
    middle = load_rgb(result(plate, MIDDLE))[40:56, 74:96]
    for number in (1001, 1005):
        off = np.log2(load_rgb(result(plate, number))[40:56, 74:96] / middle)
        assert abs(np.median(off) - 0.15 * (number - MIDDLE)) < 0.05, number


@BOTH
def test_a_frame_alone_and_in_another_order_has_the_same_bits(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    filled(plate)
    filled(plate, "alone", frames="1005")
    filled(plate, "later", frames="1001")
    for number, name in ((1005, "alone"), (1001, "later")):
        every, alone = load(result(plate, number)), load(result(plate, number, name))
        assert all(np.array_equal(plane, alone[channel]) for channel, plane in every.items()), number


@BOTH
def test_it_goes_along_with_a_camera_that_turns_whichever_frames_are_asked_for(tmp_path: Path) -> None:
    plate = shot(tmp_path, pan=4)
    filled(plate)
    made, alone = (tmp_path / name / "clean.vfx-ai" / "analysis" for name in ("made", "alone"))
    shutil.copytree(made, alone, ignore=lambda _, names: [name for name in names if name == "made"])
    filled(plate, "alone", frames="1005")
    every, one = load(result(plate, 1005)), load(result(plate, 1005, "alone"))
    assert all(np.array_equal(plane, one[channel]) for channel, plane in every.items())
    middle = load_rgb(result(plate, MIDDLE))[40:56, 74:96]
    for number in FRAMES:
        by = 4 * (number - MIDDLE)
        there = load_rgb(result(plate, number))[40:56, 74 - by : 96 - by]
        assert np.median(np.abs(np.log2(there / middle))) < 0.05, number


def test_pictures_are_kept_and_another_seed_makes_others(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    filled(plate, frames="1002")
    filled(plate, frames="1003", detail=0.5)
    assert plain_maker.asked == [MIDDLE]
    kept = list((tmp_path / "made" / "clean.vfx-ai" / "analysis" / "made").rglob("*.npz"))
    assert [path.name for path in kept] == [f"{MIDDLE}.npz"]
    assert seed_of(1, 5) != seed_of(0, 5) != seed_of(0, 6) and 0 <= seed_of(0, 5) < 2**63


def test_it_is_stopped_between_steps_and_goes_on(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    events: list[vfx_ai.Event] = []
    texts = f"internal, key frame {MIDDLE}"

    def stop() -> bool:
        return any(event.text == texts for event in events)

    with pytest.raises(Interrupted):
        filled(plate, progress=events.append, cancelled=stop)
    assert [(e.done, e.total) for e in events if e.text == texts] == [(1, 2)]
    assert len(filled(plate).frames) == len(FRAMES)


def test_what_is_no_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, wanted: plain_maker.Wanted, step: object) -> torch.Tensor:
        return torch.full_like(wanted.scene, torch.nan)

    monkeypatch.setattr(plain_maker.Stripes, "make", broken)
    with pytest.raises(ResourceError, match=r"frame 1003: internal gave no picture"):
        filled(shot(tmp_path))


def test_where_every_pixel_is_real_no_maker_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plate = shot(tmp_path)
    for number in FRAMES:
        matte = np.zeros(SIZE, np.float32)
        bar = 8 + 30 * (number - FRAMES[0])
        matte[:, bar : bar + 10] = 1
        save(tmp_path / f"matte.{number}.exr", {"A": matte})
    monkeypatch.setattr(plain_maker, "maker", None)
    assert sum(record.made for record in filled(plate).frames) == 0


def test_a_wider_plate_gets_what_no_frame_shows_from_a_maker(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    fields = {"pad": "12,0,0,0", "engine": "internal", "grain": "none"}
    report = vfx_ai.extend(plate, tmp_path / "wide" / "wide.####.exr", **fields)
    record, planes = report.frames[0], load(tmp_path / "wide" / "wide.1001.exr")
    assert report.passed and record.made == record.hole == 12 * SIZE[0]
    assert (planes["fill.source"] == MODEL).sum() == record.made
    assert (planes["fill.confidence"][planes["fill.source"] == MODEL] == 0).all()
