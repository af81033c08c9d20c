"""A run that was killed, changed or tampered with goes on to the same bits."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import rendered
from rendered import Rendered, contents, load_rgb, render, results, save

from vfx_ai.job import Job
from vfx_ai.run import run
from vfx_ai.steps.overlap import MOST_WORKERS

ROOT = Path(__file__).resolve().parents[1]
FRAMES = 10
# The process ends itself as kill -9 would, at the moment when the n-th file that matches gets its final name.
KILLED = textwrap.dedent(
    """
    import fnmatch, os, signal, sys
    import vfx_ai

    plate, matte, output, engine, pattern, count = sys.argv[1:]
    replace, left = os.replace, [int(count)]

    def replace_or_die(source, target):
        left[0] -= fnmatch.fnmatch(str(target), pattern)
        if left[0] <= 0:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        replace(source, target)

    os.replace = replace_or_die
    vfx_ai.inpaint(plate, matte, output, engine=engine)
    """
)


def repr_of(text: str) -> str:
    return repr(text[:20])


def job(shot: Rendered, out: Path, **fields) -> Job:
    return Job(**{"plate": shot.plate, "matte": shot.matte, "output": str(out / "clean.####.exr"), **fields})


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.travelling(24.0), frames=FRAMES, size=(48, 72))


@pytest.fixture(scope="module")
def uninterrupted(shot):
    """Every byte of the results of one run, by engine."""
    found = {}
    for engine in ("temporal", "flow"):
        run(job(shot, shot.folder / engine, engine=engine))
        found[engine] = contents(shot.folder / engine)
    return found


def assert_same_bits(folder, expected):
    assert contents(folder) == expected


@pytest.mark.parametrize(
    ("engine", "moment", "count", "whole_frames"),
    [
        ("flow", "*clean.*.exr", 4, 3),
        ("temporal", "*frames*.json", 4, 4),
        ("flow", "*analysis*flow*", 9, 0),
    ],
    ids=["as a frame is written", "before a frame's record", "in the analysis"],
)
def test_a_killed_run_goes_on_to_the_bits_of_an_uninterrupted_one(
    engine, moment, count, whole_frames, shot, uninterrupted, tmp_path
):
    words = [shot.plate, shot.matte, str(tmp_path / "clean.####.exr"), engine, moment, str(count)]
    died = subprocess.run([sys.executable, "-c", KILLED, *words], cwd=ROOT, capture_output=True, text=True)
    assert died.returncode != 0 and "Traceback" not in died.stderr, died.stderr
    assert list(tmp_path.rglob(".*.part*")), "it was not killed in the middle of anything"
    left = contents(tmp_path)
    assert len(left) == whole_frames and left.items() <= uninterrupted[engine].items()
    report = run(job(shot, tmp_path, engine=engine))
    assert_same_bits(tmp_path, uninterrupted[engine])
    assert not list(tmp_path.rglob("*.part*")) and not list(tmp_path.rglob("*.pixels*"))
    assert report.passed and len(report.frames) == FRAMES


def test_a_run_killed_at_any_moment_goes_on_to_the_same_bits(shot, uninterrupted, tmp_path):
    words = ["inpaint", shot.plate, "-m", shot.matte, "-o", str(tmp_path / "clean.####.exr"), "--engine", "flow"]
    process = subprocess.Popen([sys.executable, "-m", "vfx_ai", *words], cwd=ROOT, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while len(results(tmp_path)) < 3 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    process.kill()
    process.wait(20)
    assert len(results(tmp_path)) >= 3, "it did not come so far"
    kept = {number: path.stat().st_mtime_ns for number, path in results(tmp_path).items()}
    report = run(job(shot, tmp_path, engine="flow"))
    assert_same_bits(tmp_path, uninterrupted["flow"])
    for number in report.skipped:
        assert results(tmp_path)[number].stat().st_mtime_ns == kept[number], "a finished frame was touched"
    assert len(report.skipped) >= len(kept) - MOST_WORKERS, "as many as are written at once weren't written down yet"
    assert not list(tmp_path.rglob("*.part*"))


@pytest.fixture
def finished(tmp_path):
    """A small finished run, and the times of its files."""
    shot = render(tmp_path, rendered.locked(), frames=4, size=(32, 48))
    run(job(shot, tmp_path / "out"))
    return shot, tmp_path / "out", times(tmp_path / "out")


def times(folder: Path) -> dict[int, int]:
    return {number: path.stat().st_mtime_ns for number, path in results(folder).items()}


def test_finished_frames_are_not_touched_again(finished):
    shot, out, before = finished
    report = run(job(shot, out))
    assert times(out) == before and report.skipped == shot.numbers
    assert report.passed and [record.frame for record in report.frames] == list(shot.numbers)


@pytest.mark.parametrize(
    "fields", [{"memory": "1G"}, {"device": "cpu"}, {"frames": "1001-1003"}, {"sample": 2}], ids=str
)
def test_what_decides_no_pixel_does_no_frame_anew(fields, finished):
    shot, out, before = finished
    run(job(shot, out, **fields))
    assert times(out) == before


def test_force_does_every_frame_anew_with_the_same_bits(finished):
    shot, out, before = finished
    bytes_before = contents(out)
    report = run(job(shot, out, force=True))
    assert all(times(out)[number] != before[number] for number in before) and report.skipped == ()
    assert contents(out) == bytes_before


@pytest.mark.parametrize(
    "fields",
    [{"matte_grow": "1"}, {"blend": 1}, {"grain": "none"}, {"aovs": False}, {"engine": "flow"}, {"missing": "hold"}],
    ids=str,
)
def test_another_job_does_every_frame_anew(fields, finished, tmp_path):
    shot, out, before = finished
    report = run(job(shot, out, **fields))
    assert report.skipped == () and all(times(out)[number] != before[number] for number in before)
    run(job(shot, tmp_path / "fresh", **fields))
    assert contents(out) == contents(tmp_path / "fresh")


@pytest.mark.parametrize("kind", ["plate", "matte"])
def test_another_input_does_every_frame_anew_since_any_may_have_lent_a_pixel(kind, finished, tmp_path):
    shot, out, _ = finished
    path = tmp_path / f"{kind}.1003.exr"
    if kind == "matte":
        save(path, {"A": np.roll(shot.mattes[1003], 3, 1)})
    else:
        save(path, rendered.rgb(load_rgb(path) * 1.5))
    report = run(job(shot, out))
    assert report.skipped == ()
    run(job(shot, tmp_path / "fresh"))
    assert contents(out) == contents(tmp_path / "fresh")


def test_a_changed_input_of_the_same_size_and_a_new_time_is_noticed(finished, tmp_path):
    shot, out, _ = finished
    path = tmp_path / "matte.1002.exr"
    size = path.stat().st_size
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 10**9))
    assert path.stat().st_size == size
    assert run(job(shot, out)).skipped == ()


def test_a_result_that_was_changed_by_hand_is_done_anew_and_the_others_are_not(finished):
    shot, out, before = finished
    bytes_before = contents(out)
    damaged = results(out)[1002]
    damaged.write_bytes(damaged.read_bytes()[:-5] + b"paint")
    report = run(job(shot, out))
    assert report.skipped == (1001, 1003, 1004) and contents(out) == bytes_before
    assert {n: t for n, t in times(out).items() if n != 1002} == {n: t for n, t in before.items() if n != 1002}


def test_a_result_that_was_deleted_is_done_anew(finished):
    shot, out, _ = finished
    bytes_before = contents(out)
    results(out)[1004].unlink()
    assert run(job(shot, out)).skipped == (1001, 1002, 1003)
    assert contents(out) == bytes_before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"frame": 1002}', "\x00\xff", "[" * 100_000], ids=repr_of)
def test_a_record_that_is_damaged_counts_as_none(text, finished):
    shot, out, _ = finished
    record = next(out.rglob("frames/1002.json"))
    record.write_text(text, encoding="latin-1")
    assert run(job(shot, out)).skipped == (1001, 1003, 1004)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"kind": "locked"}', "[" * 100_000], ids=repr_of)
def test_a_damaged_analysis_is_made_anew(text, finished):
    shot, out, _ = finished
    bytes_before = contents(out)
    next(out.rglob("motion.json")).write_text(text)
    assert run(job(shot, out, force=True)).passed
    assert contents(out) == bytes_before


def test_two_results_in_one_folder_do_not_take_each_others_frames_for_their_own(finished):
    shot, out, before = finished
    other = Job(shot.plate, shot.matte, str(out / "clean_v2.####.exr"), blend=1)
    assert run(other).skipped == ()
    assert run(job(shot, out)).skipped == shot.numbers and times(out) == before
