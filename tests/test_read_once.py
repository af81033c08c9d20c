"""Each frame's file is read once for all that a pass does with it, however long the shot and whoever reads ahead."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rendered
import torch
from rendered import camera_fields, contents, open_shot, render

import vfx_ai.media.exr_load
import vfx_ai.shot
from vfx_ai.caching import Away, Kept
from vfx_ai.job import Job
from vfx_ai.media import plate as plate_files
from vfx_ai.media.frame import Patch
from vfx_ai.run import run
from vfx_ai.shot import Shot

SCENES = {"temporal": rendered.locked(), "flow": rendered.travelling(24.0), "project": rendered.travelling(24.0)}
FEW = 7


@pytest.fixture
def opened(monkeypatch) -> Counter[str]:
    """How often each file was decoded, by its name."""
    counted, really = Counter(), vfx_ai.media.exr_load._opened

    def counting(path: Path):
        counted[Path(path).name] += 1
        return really(path)

    monkeypatch.setattr(vfx_ai.media.exr_load, "_opened", counting)
    return counted


@pytest.fixture(autouse=True)
def few_cores(monkeypatch):
    """Nothing is read ahead, whatever machine the tests run on."""
    monkeypatch.setattr(vfx_ai.shot, "cores", lambda: 2)


@pytest.fixture
def many_cores(few_cores, monkeypatch):
    monkeypatch.setattr(vfx_ai.shot, "cores", lambda: 16)


@pytest.fixture
def reads(monkeypatch) -> Counter[int]:
    """How often each frame was read to be looked at."""
    counted, really = Counter(), Shot._read

    def counting(self: Shot, number: int):
        counted[number] += 1
        return really(self, number)

    monkeypatch.setattr(Shot, "_read", counting)
    return counted


def job(shot, out: Path, engine: str = "temporal", **fields) -> Job:
    camera = camera_fields(shot, engine, 24.0)
    return Job(shot.plate, shot.matte, str(out / "clean.####.exr"), engine=engine, device="cpu", **camera, **fields)


@pytest.mark.parametrize("engine", SCENES)
def test_the_fill_the_writer_and_the_verifier_share_one_reading(engine, tmp_path, opened):
    shot = render(tmp_path, SCENES[engine], frames=FEW, size=(48, 72), noise=0.02)
    asked = job(shot, tmp_path / "out", engine)
    run(asked)  # with it what is kept of depth, grain and texture
    opened.clear()
    report = run(replace(asked, force=True))
    plates = {name: count for name, count in opened.items() if name.startswith("plate")}
    for name in ("plate.1001.exr", "plate.1004.exr", "plate.1007.exr"):
        plates[name] -= 1  # three were looked at before, for how light is shown
    assert report.passed and plates == {f"plate.{n}.exr": 1 for n in shot.numbers}
    assert {name: count for name, count in opened.items() if name.startswith("clean")} == {
        f"clean.{n}.exr": 1 for n in shot.numbers
    }


def test_a_shot_longer_than_what_is_kept_is_not_read_anew_for_each_frame(tmp_path, reads, monkeypatch):
    monkeypatch.setattr(vfx_ai.shot, "WORKING_WIDTH", 64)
    shot = render(tmp_path, rendered.locked(), frames=60, size=(24, 36), noise=0.02)
    run(job(shot, tmp_path / "out"), step="analyse")
    reads.clear()
    run(job(shot, tmp_path / "out"), step="fill")
    assert sum(reads.values()) < 2 * 60


def test_frames_far_from_the_one_that_is_filled_are_given_up_first():
    away = Away()
    kept: Kept[int, int] = Kept(100, 3, away)
    made = Counter()

    def make(number: int) -> int:
        made[number] += 1
        return number

    for here in range(10, 16):
        away.here = here
        for number in (here - 2, here - 1, here, here + 1):  # one more than are kept
            kept.get(number, make)
    assert sum(made.values()) <= 4 + 5 * 2, "the one that comes, and the one too many"


def test_a_fill_that_asks_for_more_frames_than_are_kept_reads_those_alone_anew(tmp_path, reads, monkeypatch):
    monkeypatch.setattr(vfx_ai.shot, "MOST_VIEWS", 12)
    shot = render(tmp_path, rendered.locked(), frames=16, size=(24, 36), noise=0.02)
    run(job(shot, tmp_path / "out"), step="analyse")
    reads.clear()
    run(job(shot, tmp_path / "out"), step="fill")
    assert sum(reads.values()) < 16 * 10, "and not all fifteen others for each of sixteen"


def test_reading_ahead_changes_no_bit(tmp_path, many_cores, monkeypatch):
    shot = render(tmp_path, rendered.locked(), frames=FEW, size=(48, 72), noise=0.02)
    run(job(shot, tmp_path / "ahead"))
    monkeypatch.setattr(vfx_ai.shot, "cores", lambda: 2)
    run(job(shot, tmp_path / "alone"))
    assert contents(tmp_path / "ahead") == contents(tmp_path / "alone")


def test_what_is_read_ahead_is_the_frame_and_is_read_by_another_thread_once(tmp_path, many_cores, reads):
    made = render(tmp_path, rendered.locked(), frames=3, size=(24, 36))
    shot, plain = open_shot(made), open_shot(made)
    shot.ahead(shot.numbers)
    for number in shot.numbers:
        assert torch.equal(shot.view(number).scene, plain.view(number).scene)
        assert torch.equal(shot.view(number).hole, plain.view(number).hole)
    assert dict(reads) == dict.fromkeys(shot.numbers, 2)  # once by each of the two


def test_nothing_is_read_ahead_where_there_is_no_memory_for_it(tmp_path, many_cores, monkeypatch):
    shot = open_shot(render(tmp_path, rendered.locked(), frames=3, size=(24, 36)), budget=1000)
    monkeypatch.setattr(Shot, "_read", lambda *_words: pytest.fail("it was read"))
    shot.ahead(shot.numbers)


def test_a_file_that_is_damaged_is_told_of_when_its_frame_is_asked_for(tmp_path, many_cores):
    made = render(tmp_path, rendered.locked(), frames=3, size=(24, 36))
    shot = open_shot(made)
    path = Path(made.plate.replace("####", "1002"))
    path.write_bytes(path.read_bytes()[:-200])
    shot.ahead(shot.numbers)
    shot.view(1001)
    with pytest.raises(vfx_ai.InputError, match=r"plate\.1002"):
        shot.view(1002)


def test_files_wait_for_their_writer_within_an_eighth_of_the_budget(tmp_path):
    made = render(tmp_path, rendered.locked(), frames=4, size=(24, 36))
    one = 24 * 36 * 3 * 4
    shot = open_shot(made, budget=8 * 2 * one)
    shot.await_files([1001, 1002, 1003])
    for number in shot.numbers:
        shot.view(number)
    assert shot.file(1004) is None, "nobody waits for it"
    assert shot.file(1003) is None, "there was memory for two"
    first = shot.file(1001)
    assert first is not None and first.size == one
    assert shot.file(1001) is None, "it has one writer"


def test_where_a_frame_shows_the_background_is_the_same_pixel_by_pixel(tmp_path):
    shot = open_shot(render(tmp_path, rendered.locked(), frames=3, size=(25, 37), nan=lambda _t: [(3, 4)]))
    pixels = torch.arange(25 * 37)[::3]
    for number in shot.numbers:
        assert torch.equal(shot.seen_at(number, pixels), shot.seen(number).reshape(-1)[pixels])
    packed = open_shot(render(tmp_path / "b", rendered.locked(), frames=3, size=(25, 37)), budget=1)
    for number in packed.numbers:
        packed.view(number)
    assert torch.equal(packed.seen_at(1001, pixels), packed.seen(1001).reshape(-1)[pixels])


def test_a_writer_leaves_what_was_read_as_it_was(tmp_path):
    made = render(tmp_path, rendered.locked(), frames=1, size=(24, 36))
    path = Path(made.plate.replace("####", "1001"))
    info = plate_files.probe(path, 1001)
    layer, window = info.layers[0], info.data_window
    _, held = plate_files.read_whole(path, 1001, layer)
    assert held is not None
    before = {name: plane.copy() for name, plane in held.planes[0].items()}
    hole = np.zeros((24, 36), bool)
    hole[4:9, 5:11] = True
    shape = (24, 36)
    patch = Patch(window, np.full((*shape, 3), 9, np.float32), hole, hole.astype(np.uint8), hole.astype(np.float32))
    for name, decoded in (("with", held), ("without", None)):
        plate_files.write(path, tmp_path / f"{name}.exr", 1001, layer, patch, decoded=decoded)
    assert (tmp_path / "with.exr").read_bytes() == (tmp_path / "without.exr").read_bytes()
    for name, plane in held.planes[0].items():
        assert np.array_equal(plane, before[name]) and not plane.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            plane[0, 0] = 1
