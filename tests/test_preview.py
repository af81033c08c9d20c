"""A preview is small, of the right frame, near what the run itself makes, and touches nothing but its own file."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import rendered
from rendered import load, load_rgb, render

from vfx_ai.errors import Interrupted, JobError, OutputError
from vfx_ai.job import Job
from vfx_ai.preview import preview


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.locked([(50.0, 32.0)]), frames=12, size=(64, 96))


def job(shot, out, **fields):
    return Job(**{"plate": shot.plate, "matte": shot.matte, "output": str(out / "clean.####.exr"), **fields})


def halved(picture):
    return cv2.resize(picture, (48, 32), interpolation=cv2.INTER_AREA)


def test_it_is_the_frame_at_the_size_that_was_asked_for_and_near_the_truth(shot, tmp_path):
    made = preview(job(shot, tmp_path / "out", grain="none"), 1006, str(tmp_path / "p.exr"), width=48)
    assert (made.width, made.height, made.scale, made.frame) == (48, 32, 0.5, 1006)
    small, clean = load_rgb(tmp_path / "p.exr"), halved(shot.clean[1006])
    hole = halved(shot.mattes[1006]) > 0
    assert made.hole == hole.sum() == made.real
    assert np.allclose(small[~hole], clean[~hole], rtol=2e-3)  # half floats
    assert np.median(np.abs(small - clean)[hole] / clean[hole]) < 0.02
    assert (load(tmp_path / "p.exr")["fill.source"][hole] == 1).all()


def test_only_its_file_is_written(shot, tmp_path):
    preview(job(shot, tmp_path / "out"), 1001, str(tmp_path / "é è" / "p.png"), width=48)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["p.png"]


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_picture_shows_light_as_the_report_does(suffix, shot, tmp_path):
    file = tmp_path / f"p.{suffix}"
    preview(job(shot, tmp_path / "out"), 1006, str(file), width=48)
    picture = cv2.imread(str(file))
    assert picture.shape == (32, 48, 3)
    assert 40 < picture.mean() < 200


def test_only_frames_within_reach_are_read(shot, tmp_path):
    short = render(tmp_path / "shot", rendered.locked(), frames=9, size=(32, 48))
    for number in (1002, 1008):
        (short.folder / f"plate.{number}.exr").write_bytes(b"no picture any more")
    made = preview(job(short, tmp_path / "out"), 1005, str(tmp_path / "p.exr"), reach=2)
    assert made.frames == tuple(range(1003, 1008))


def test_gaps_that_are_held_or_black_lend_nothing(shot, tmp_path):
    short = render(tmp_path / "shot", rendered.locked(), frames=9, size=(32, 48))
    for number in (1003, 1007):
        (short.folder / f"plate.{number}.exr").unlink()
    for missing in ("hold", "black"):
        made = preview(job(short, tmp_path / "out", missing=missing), 1005, str(tmp_path / f"{missing}.exr"))
        assert made.frames == short.numbers
        assert (tmp_path / f"{missing}.exr").is_file()


def test_a_file_that_is_read_is_never_written(shot, tmp_path):
    for file in (shot.folder / "plate.1003.exr", shot.folder / "matte.1001.exr"):
        before = file.read_bytes()
        with pytest.raises(OutputError, match="take the place"):
            preview(job(shot, tmp_path / "out"), 1006, str(file), width=48)
        assert file.read_bytes() == before


def test_a_frame_that_the_plate_lacks_is_named(shot, tmp_path):
    with pytest.raises(JobError, match="2000"):
        preview(job(shot, tmp_path / "out"), 2000, str(tmp_path / "p.exr"))


def test_it_can_be_stopped(shot, tmp_path):
    calls = []

    def cancelled():
        calls.append(1)
        return len(calls) > 5

    with pytest.raises(Interrupted):
        preview(job(shot, tmp_path / "out"), 1006, str(tmp_path / "p.exr"), cancelled=cancelled)
    assert list(tmp_path.iterdir()) == []


def test_a_focal_length_in_pixels_shrinks_with_the_picture(shot, tmp_path, monkeypatch):
    asked = []

    def run(small, *_others):
        asked.append(small)
        raise Interrupted("enough")

    monkeypatch.setattr("vfx_ai.preview.run", run)
    for focal in ("1800", "32mm/36mm", ""):
        with pytest.raises(Interrupted):
            preview(job(shot, tmp_path / "out", focal=focal), 1006, str(tmp_path / "p.exr"), width=48)
    assert [one.focal for one in asked] == ["900.000", f"{96 * 32 / 36 / 2:.3f}", ""]
