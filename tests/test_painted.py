"""A paint-out of a frame or two is carried through the shot, and only what it reaches is made anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rendered
from rendered import Rendered, contents, load, load_rgb, psnr, render, results, save, write_rgb

import vfx_ai
from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.fill import PAINTED
from vfx_ai.job import Job
from vfx_ai.run import run

SIZE = (48, 72)
HORIZON = 24.0


def still(t: int) -> tuple[float, float]:
    """A ball that stays before the same place of the picture: a locked camera never sees behind it."""
    return (36.0, 24.0)


def half(path: Path, picture: np.ndarray, at: tuple[int, int], display: tuple[int, int]) -> Path:
    return save(path, rendered.rgb(picture, np.float16), at, display)


@pytest.fixture(scope="module")
def locked(tmp_path_factory) -> Rendered:
    """A locked shot whose ball never moves and whose light rises by a fifth of a stop a frame."""
    gain = lambda t: (2 ** (0.2 * t),) * 3  # noqa: E731
    return render(tmp_path_factory.mktemp("locked"), rendered.locked(), frames=5, size=SIZE, ball=still, gain=gain)


def paint(shot: Rendered, folder: Path, number: int, write=write_rgb, clean: np.ndarray | None = None) -> str:
    height, width = SIZE
    return str(
        write(folder / f"clean.{number}.exr", shot.clean[number] if clean is None else clean, (0, 0), (width, height))
    )


def fill(shot: Rendered, out: Path, **fields):
    return vfx_ai.inpaint(shot.plate, shot.matte, out / "clean.####.exr", grain="none", **fields)


def test_the_painted_frame_is_the_paint_bit_for_bit_and_the_others_follow_its_light(locked, tmp_path):
    report = fill(locked, tmp_path, painted=paint(locked, tmp_path / "paint", 1003))
    assert report.passed
    for number, path in results(tmp_path).items():
        hole, made = locked.mattes[number] > 0, load_rgb(path)
        assert psnr(made, locked.clean[number], hole) > 38, number
        source = load(path)["fill.source"]
        assert (source[hole] == PAINTED).all() and not source[~hole].any()
        assert (load(path)["fill.from.frame"][hole] == 1003).all()
    hole = locked.mattes[1003] > 0
    assert np.array_equal(load_rgb(results(tmp_path)[1003])[hole], locked.clean[1003][hole])
    records = {record.frame: record for record in report.frames}
    assert records[1003].painted == hole.sum() and records[1001].never_seen == 0
    assert records[1001].confidence > 0.5 and records[1003].confidence == 1


def test_half_files_keep_the_paint_to_the_bit(tmp_path):
    shot = render(tmp_path / "shot", rendered.locked(), frames=3, size=SIZE, ball=still, write=half)
    fill(shot, tmp_path / "out", painted=paint(shot, tmp_path / "paint", 1002, half))
    hole, made = shot.mattes[1002] > 0, load(results(tmp_path / "out")[1002])
    for name, plane in rendered.rgb(shot.clean[1002], np.float16).items():
        assert np.array_equal(made[name][hole].view(np.uint16), plane[hole].view(np.uint16))


def test_the_map_makes_painted_pixels_anew_with_the_paint_out_at_hand(locked, tmp_path):
    painted = paint(locked, tmp_path / "paint", 1002)
    fill(locked, tmp_path, painted=painted)
    pattern = str(tmp_path / "clean.####.exr")
    for remade in vfx_ai.remake(locked.plate, pattern, painted=painted):
        assert remade.made.sum() == (locked.mattes[remade.frame] > 0).sum() and remade.off <= 2**-10
    for remade in vfx_ai.remake(locked.plate, pattern):
        assert not (remade.made & (load(results(tmp_path)[remade.frame])["fill.source"] == PAINTED)).any()


@pytest.mark.parametrize("engine", ["temporal", "project", "flow"])
def test_paint_is_carried_by_the_shots_own_motion(engine, tmp_path):
    scene, ball = {
        "temporal": (rendered.turning(), lambda t: (36 + 0.2 * t, 24.0)),
        "project": (rendered.travelling(HORIZON), lambda t: (36 - 1.0 * t, 18.0)),
        "flow": (rendered.travelling(HORIZON), lambda t: (36 - 1.0 * t, 18.0)),
    }[engine]
    shot = render(tmp_path / "shot", scene, frames=6, size=SIZE, ball=ball, radius=7)
    fields = {"engine": engine, **rendered.camera_fields(shot, engine, HORIZON)}
    bare = fill(shot, tmp_path / "bare", **fields)
    assert any(record.never_seen for record in bare.frames)
    with_paint = fill(shot, tmp_path / "out", painted=paint(shot, tmp_path / "paint", 1003), **fields)
    assert all(record.painted > 0.5 * record.hole for record in with_paint.frames)
    for number, path in results(tmp_path / "out").items():
        hole = shot.mattes[number] > 0
        was, now = (psnr(load_rgb(p), shot.clean[number], hole) for p in (results(tmp_path / "bare")[number], path))
        assert now > was + 3, (number, was, now)


def test_between_two_paint_outs_one_fades_into_the_other(tmp_path):
    shot = render(tmp_path / "shot", rendered.locked(), frames=6, size=SIZE, ball=still)
    middle = rendered.disc(*np.meshgrid(np.arange(72.0), np.arange(48.0)), (36, 24), 4)[..., None]
    dark, bright = (shot.clean[1001] * (1 - middle) + level * middle for level in (0.1, 0.4))
    names = [paint(shot, tmp_path / "paint", number, clean=c) for number, c in ((1001, dark), (1006, bright))]
    fill(shot, tmp_path / "out", painted=",".join(names))
    levels = [float(load_rgb(path)[24, 36, 1]) for path in results(tmp_path / "out").values()]
    steps = np.diff(levels)
    assert np.allclose([levels[0], levels[-1]], [0.1, 0.4], atol=1e-6)
    assert (steps > 0).all() and steps.max() < 2 * steps.mean()


def moving(folder: Path) -> Rendered:
    return render(folder, rendered.locked(), frames=6, size=SIZE, ball=lambda t: (14.0 + 9 * t, 24.0), radius=5)


def test_only_what_paint_reaches_is_made_anew(tmp_path):
    shot, out = moving(tmp_path / "shot"), tmp_path / "out"
    fill(shot, out)
    before = contents(out)
    clean = shot.clean[1001] * np.float32(1.3)
    painted = paint(shot, tmp_path / "paint", 1001, clean=clean)
    report = fill(shot, out, painted=painted)
    near = [number for number in shot.numbers if ((shot.mattes[1001] > 0) & (shot.mattes[number] > 0)).any()]
    redone = sorted(set(shot.numbers) - set(report.skipped))
    assert 1001 in redone and set(near) <= set(redone) and len(redone) < len(shot.numbers)
    after = contents(out)
    assert {n for n in after if after[n] != before[n]} <= set(redone)
    assert fill(shot, out, painted=painted).skipped == shot.numbers
    paint(shot, tmp_path / "paint", 1001, clean=clean * np.float32(1.1))  # painted over: the same frames again
    assert sorted(set(shot.numbers) - set(fill(shot, out, painted=painted).skipped)) == redone
    assert sorted(set(shot.numbers) - set(fill(shot, out).skipped)) == redone
    assert contents(out) == before


def test_frames_done_in_pieces_are_those_of_a_whole_run(tmp_path):
    shot = render(tmp_path / "shot", rendered.turning(), frames=6, size=SIZE)
    painted = ",".join(paint(shot, tmp_path / "paint", number) for number in (1002, 1005))
    fields = {"painted": painted, "engine": "temporal"}
    fill(shot, tmp_path / "whole", **fields)
    fill(shot, tmp_path / "pieces", frames="1004", **fields)
    fill(shot, tmp_path / "pieces", frames="1001-1003", **fields)
    fill(shot, tmp_path / "pieces", **fields)
    assert contents(tmp_path / "pieces") == contents(tmp_path / "whole")


def test_a_paint_out_that_leaves_some_of_the_object_is_told_of(locked, tmp_path):
    half = load_rgb(locked.folder / "plate.1002.exr")
    half[:, :36] = locked.clean[1002][:, :36]
    report = fill(locked, tmp_path, painted=paint(locked, tmp_path / "paint", 1002, clean=half), frames="1002")
    assert report.passed and any("1002" in note and "the plate's own" in note for note in report.notes)
    whole = fill(locked, tmp_path, painted=paint(locked, tmp_path / "paint", 1003), frames="1003")
    assert not any("the plate's own" in note for note in whole.notes)


@pytest.mark.parametrize("kind", ["size", "cropped", "frame", "twice", "same", "empty", "output", "nothing"])
def test_a_paint_out_that_cant_be_used_is_refused_by_name(kind, locked, tmp_path):
    folder, out, fields = tmp_path / "paint", tmp_path / "out", {}
    clean = locked.clean[1002]
    name = folder / ("clean.1009.exr" if kind == "frame" else "clean.1002.exr")
    error, words = InputError, "1002"
    if kind == "size":
        write_rgb(name, clean[:-2], (0, 0), (72, 46))
        words = "72 x 46"
    elif kind == "cropped":
        write_rgb(name, clean[4:-4], (0, 4), (72, 48))
        words = "data window"
    elif kind == "frame":
        write_rgb(name, clean, (0, 0), (72, 48))
        error, words = JobError, "1009"
    elif kind == "twice":
        write_rgb(name, clean, (0, 0), (72, 48))
        write_rgb(folder / "other.1002.exr", clean, (0, 0), (72, 48))
        fields, error, words = {"painted": f"{name},{folder / 'other.1002.exr'}"}, JobError, "two paint-outs"
    elif kind == "same":
        write_rgb(name, load_rgb(locked.folder / "plate.1002.exr"), (0, 0), (72, 48))
        words = "plate's own"
    elif kind == "empty":
        save(folder / "none.1002.exr", {"A": np.zeros(SIZE, np.float32)})
        write_rgb(name, clean, (0, 0), (72, 48))
        with pytest.raises(InputError, match="matte is empty"):
            vfx_ai.inpaint(locked.plate, folder / "none.1002.exr", out / "clean.####.exr", painted=str(name))
        return
    elif kind == "output":
        write_rgb(out / "clean.1002.exr", clean, (0, 0), (72, 48))
        fields, error, words = {"painted": str(out / "clean.1002.exr")}, OutputError, "take the place"
    elif kind == "nothing":
        words = "there is no folder"
    with pytest.raises(error, match=words):
        fill(locked, out, **{"painted": str(name), **fields})
    assert not (out / "clean.vfx-ai").exists()


def test_the_report_counts_painted_pixels_apart(locked, tmp_path):
    fill(locked, tmp_path, painted=paint(locked, tmp_path / "paint", 1001), frames="1002")
    (record,) = json.loads((tmp_path / "report.json").read_text())["frames"]
    assert record["painted"] == record["hole"] and record["real"] == record["unsure"] == record["never_seen"] == 0
    assert "Painted" in (tmp_path / "report.html").read_text()


def test_from_json(locked, tmp_path):
    job = Job(locked.plate, locked.matte, str(tmp_path / "clean.####.exr"), painted=paint(locked, tmp_path / "p", 1001))
    assert Job.from_json(job.to_json()) == job
    assert run(job).passed
