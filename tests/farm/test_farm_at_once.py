"""A shot done at once by processes of this machine: whatever happens to them, with the bits of one run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import dying
import psutil
import pytest
import rendered
from rendered import contents, render

import vfx_ai
from vfx_ai.errors import Interrupted, JobError, ResourceError, VfxAiError
from vfx_ai.farm import raying
from vfx_ai.farm.pieces import Ended, Piece, failure, share
from vfx_ai.job import Event, Job, silent
from vfx_ai.run import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.locked(), frames=4, size=(24, 36))


@pytest.fixture(scope="module")
def at_once(shot):
    run(job(shot, shot.folder / "once"))
    return contents(shot.folder / "once")


@pytest.fixture(autouse=True)
def this_checkout(monkeypatch):
    """Processes of the farm run what is tested."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def job(shot, out: Path, **fields) -> Job:
    fields = {"engine": "temporal", "device": "cpu", **fields}
    return Job(shot.plate, shot.matte, str(out / "clean.####.exr"), **fields)


def test_a_chunk_that_is_killed_is_tried_again_and_two_at_a_time_give_the_bits_of_one(
    shot, at_once, tmp_path, monkeypatch
):
    (tmp_path / "sitecustomize.py").write_text(dying.DIES_ONCE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    events: list[Event] = []
    made = vfx_ai.submit(
        job(shot, tmp_path / "out"), "local", tmp_path / "job", workers=2, chunk=2, progress=events.append
    )
    assert (tmp_path / "killed").exists() and made.retried == 1
    assert any(event.kind == "warning" and "killed by signal 9" in event.text for event in events)
    assert [event.done for event in events if event.kind == "frame"] == [1, 2, 3, 4]
    assert contents(tmp_path / "out") == at_once
    assert made.answer is not None and made.answer["passed"] and len(made.chunks) == 2
    assert Path(made.answer["report"]).is_file()
    assert not list((tmp_path / "out").rglob(".*.part*"))


def test_no_ray_is_started(shot, tmp_path):
    with pytest.raises(JobError, match="address of a cluster"):
        vfx_ai.submit(job(shot, tmp_path / "out"), "ray", tmp_path / "job")
    assert not (tmp_path / "job").exists()


def test_without_ray_the_error_names_the_extra(shot, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ResourceError, match="Ray isn't installed") as refused, raying.cluster("auto", 0, tmp_path, []):
        pytest.fail("it was there")
    assert "vfx-ai[farm]" in refused.value.remedy


def test_a_second_time_only_what_is_left_is_done(shot, tmp_path):
    asked = job(shot, tmp_path / "out")
    run(job(shot, tmp_path / "out", frames="1001-1003"))
    told = vfx_ai.submit(asked, "local", chunk=2, dry_run=True)
    assert told.finished == (1001, 1002, 1003) and [one.frames for one in told.chunks] == [(1004,)]
    assert "3 finished frames" in told.costs.basis and not told.bundle


def pieces_by(results: dict[tuple[str, tuple[int, ...]], list[Ended]]):
    """A `do` that ends as told, and the list of what was done."""
    done: list[Piece] = []

    def do(piece, follow, _cancelled):
        done.append(piece)
        left = results.get((piece.step, piece.frames), [])
        return left.pop(0) if left else Ended(0, {}, {"event": "report", "passed": True})

    return do, done


def test_a_chunk_that_fails_holds_up_no_other_and_ends_with_its_own_error():
    error = {"message": "it is damaged", "file": "plate.1003.exr", "frame": 1003, "remedy": "Supply it again."}
    do, done = pieces_by({("fill", (1003, 1004)): [Ended(3, error), Ended(3, error)]})
    frames = (1001, 1002, 1003, 1004, 1005)
    chunks = [(1001, 1002), (1003, 1004), (1005,)]
    with pytest.raises(vfx_ai.InputError) as failed:
        share(frames, chunks, do, 2, 2, silent, lambda: False)
    assert failed.value.frame == 1003 and failed.value.file == "plate.1003.exr" and failed.value.remedy
    assert "1 chunk of 3 failed" in failed.value.message
    assert sorted(piece.frames for piece in done if piece.step == "fill") == sorted([*chunks, (1003, 1004)])
    assert not [piece for piece in done if piece.step == "report"]


def test_what_would_come_out_the_same_is_not_tried_again():
    do, done = pieces_by({("fill", (1,)): [Ended(2, {"message": "no such engine"})]})
    with pytest.raises(vfx_ai.JobError):
        share((1,), [(1,)], do, 1, 3, silent, lambda: False)
    assert len([piece for piece in done if piece.step == "fill"]) == 1


def test_a_stopped_run_says_so():
    stop: list[int] = []
    do, _ = pieces_by({})

    def doing(piece, follow, cancelled):
        stop.append(1)
        return do(piece, follow, cancelled)

    with pytest.raises(Interrupted, match="finished frames are kept"):
        share((1, 2), [(1,), (2,)], doing, 1, 1, silent, lambda: len(stop) > 1)


def test_a_process_that_said_nothing_still_ends_in_a_sentence():
    assert "killed by signal 9" in str(failure(Ended(-9)))
    assert isinstance(failure(Ended(70, {"message": "a fault"})), VfxAiError)
    assert failure(Ended(70, {"message": "a fault"})).exit_code == 70


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_processes_end_with_whoever_started_them(shot, tmp_path):
    code = "import sys, vfx_ai; vfx_ai.submit(vfx_ai.Job(*sys.argv[1:4], engine='temporal'), 'local', sys.argv[4])"
    words = [shot.plate, shot.matte, str(tmp_path / "out" / "clean.####.exr"), str(tmp_path / "job")]
    parent = subprocess.Popen([sys.executable, "-c", code, *words])
    children: list[psutil.Process] = []
    end = time.monotonic() + 60
    while not children and time.monotonic() < end:
        children = psutil.Process(parent.pid).children()
        time.sleep(0.05)
    parent.kill()
    parent.wait(10)
    assert children
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
