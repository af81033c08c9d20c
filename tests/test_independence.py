"""A result for frame N depends on the job and on N alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import rendered
from rendered import Rendered, camera_fields, contents, render

import vfx_ai.run
import vfx_ai.shot
from vfx_ai.job import Job
from vfx_ai.run import run

SCENES = {
    "a locked camera": ("temporal", rendered.locked([(40.0, 24.0)])),
    "a camera that turns": ("temporal", rendered.turning([(40.0, 24.0)])),
    "a camera that travels": ("flow", rendered.travelling(24.0, [(40.0, 20.0)])),
    "a camera that is known": ("project", rendered.travelling(24.0, [(40.0, 20.0)])),
}


@pytest.fixture(scope="module", params=SCENES)
def whole_run(request, tmp_path_factory):
    """A shot, the engine for it, and every byte of the results of a run over all of it."""
    engine, scene = SCENES[request.param]
    shot = render(
        tmp_path_factory.mktemp("shot"), scene, frames=7, size=(48, 72), gain=lambda t: (1 + 0.02 * t, 1, 1), noise=0.02
    )
    run(job(shot, shot.folder / "out", engine))
    return shot, engine, contents(shot.folder / "out")


def job(shot: Rendered, out: Path, engine: str, **fields) -> Job:
    return Job(
        shot.plate,
        shot.matte,
        str(out / "clean.####.exr"),
        engine=engine,
        **camera_fields(shot, engine, 24.0),
        **fields,
    )


def test_frames_alone_are_bit_for_bit_those_of_the_whole_run(whole_run, tmp_path):
    shot, engine, whole = whole_run
    run(job(shot, tmp_path, engine, frames="1004-1005"))
    assert contents(tmp_path) == {number: whole[number] for number in (1004, 1005)}


def test_frames_done_backwards_in_several_runs_are_bit_for_bit_those_of_the_whole_run(whole_run, tmp_path):
    shot, engine, whole = whole_run
    for frames in ("1007", "1001,1003"):
        run(job(shot, tmp_path, engine, frames=frames))
    assert contents(tmp_path) == {number: whole[number] for number in (1001, 1003, 1007)}


def test_a_budget_of_a_single_frame_gives_the_same_bits(whole_run, tmp_path, monkeypatch):
    shot, engine, whole = whole_run
    reads = []
    load = vfx_ai.shot.Shot._load
    monkeypatch.setattr(vfx_ai.shot.Shot, "_load", lambda self, number: reads.append(number) or load(self, number))
    monkeypatch.setattr(vfx_ai.run, "parse_memory", lambda _text: 1)
    run(job(shot, tmp_path, engine))
    assert len(reads) > 3 * len(shot.numbers), "the budget was not felt"
    assert contents(tmp_path) == whole
