"""A run's three steps, done apart, give the bits of one run; however its frames are cut."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import rendered
from rendered import Rendered, contents, render, results

from vfx_ai.errors import JobError, MissingFrameError, OutputError
from vfx_ai.job import Job
from vfx_ai.plates.clean import clean
from vfx_ai.plates.extend import extend
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.run import run

FRAMES = 40


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.travelling(12.0), frames=FRAMES, size=(24, 40), noise=0.02)


@pytest.fixture(scope="module")
def at_once(shot):
    """Every byte of the results of one run."""
    run(job(shot, shot.folder / "once"))
    return contents(shot.folder / "once")


def job(shot: Rendered, out: Path, **fields) -> Job:
    asked = {"plate": shot.plate, "matte": shot.matte, "output": str(out / "clean.####.exr"), "engine": "flow"}
    return Job(**{**asked, **fields})


def chunks(numbers: tuple[int, ...], count: int) -> list[str]:
    size = -(-len(numbers) // count)
    return [f"{some[0]}-{some[-1]}" for some in (numbers[at : at + size] for at in range(0, len(numbers), size))]


@pytest.mark.parametrize("count", [2, FRAMES])
def test_two_and_forty_chunks_give_the_bits_of_one_run(count, shot, at_once, tmp_path):
    done = run(job(shot, tmp_path), step="analyse")
    assert done.frames == () and not results(tmp_path) and not (tmp_path / "report.html").exists()
    pieces = chunks(shot.numbers, count)
    assert len(pieces) == count
    for frames in reversed(pieces):
        run(job(shot, tmp_path, frames=frames), step="fill")
    assert not (tmp_path / "report.html").exists()
    report = run(job(shot, tmp_path), step="report")
    assert contents(tmp_path) == at_once
    assert report.passed and [record.frame for record in report.frames] == list(shot.numbers)
    assert not report.skipped and report.seconds["fill"] > 0
    assert (tmp_path / "report.html").is_file()


def test_a_chunk_without_an_analysis_makes_the_same_one(shot, at_once, tmp_path):
    run(job(shot, tmp_path, frames="1010-1012"), step="fill")
    assert contents(tmp_path) == {number: at_once[number] for number in (1010, 1011, 1012)}


def test_a_chunk_on_a_machine_that_knows_the_folder_by_another_path_finds_what_is_done(shot, at_once, tmp_path):
    first = tmp_path / "first"
    run(job(shot, first, frames="1001-1003"), step="fill")
    shutil.copytree(first, tmp_path / "second", copy_function=shutil.copy2)
    report = run(job(shot, tmp_path / "second", frames="1001-1003"), step="report")
    assert report.passed and contents(tmp_path / "second") == {n: at_once[n] for n in (1001, 1002, 1003)}
    assert all(Path(record.result).parent == tmp_path / "second" for record in report.frames)


def test_the_report_refuses_frames_that_are_not_filled(shot, tmp_path):
    run(job(shot, tmp_path, frames="1001-1002"), step="fill")
    with pytest.raises(MissingFrameError) as refused:
        run(job(shot, tmp_path, frames="1001-1004"), step="report")
    assert refused.value.frame == 1003 and "1003-1004" in refused.value.message and refused.value.remedy
    assert not (tmp_path / "report.html").exists()


def test_the_report_tells_what_other_steps_noted(shot, tmp_path):
    with pytest.raises(JobError, match="step is 'paint'"):
        run(job(shot, tmp_path), step="paint")  # type: ignore[arg-type]
    asked = job(shot, tmp_path, frames="1001-1002", engine="project")  # there is no camera to be had here
    said = run(asked, step="analyse").notes
    assert any("camera" in note for note in said)
    run(asked, step="fill")
    assert set(said) <= set(run(asked, step="report").notes)


def test_force_does_chunks_anew_and_the_report_finds_them(shot, at_once, tmp_path):
    asked = job(shot, tmp_path, frames="1001-1002", force=True)
    run(asked, step="fill")
    before = {n: path.stat().st_mtime_ns for n, path in results(tmp_path).items()}
    run(asked, step="fill")
    assert all(path.stat().st_mtime_ns > before[n] for n, path in results(tmp_path).items())
    assert len(run(asked, step="report").frames) == 2


def test_another_job_in_the_same_place_is_refused_while_one_runs(shot, tmp_path, monkeypatch):
    """Its analysis would be thrown away under the running one."""
    import vfx_ai.run

    write, refused = vfx_ai.run.write_frame, []

    def written(*args):
        with pytest.raises(OutputError, match="other settings") as error:
            run(job(shot, tmp_path, frames="1001", matte_grow="2"), step="fill")
        refused.append(error.value)
        return write(*args)

    monkeypatch.setattr(vfx_ai.run, "write_frame", written)
    run(job(shot, tmp_path, frames="1001"), step="fill")
    monkeypatch.undo()
    assert refused and refused[0].remedy
    run(job(shot, tmp_path, frames="1001", matte_grow="2"), step="fill")


def test_a_clean_plate_in_steps_has_the_bits_of_one_run(tmp_path):
    shot = render(tmp_path / "shot", rendered.locked(), frames=8, size=(48, 72), noise=0.02)
    clean(Clean(shot.plate, str(tmp_path / "once" / "clean.####.exr")))
    asked = Clean(shot.plate, str(tmp_path / "out" / "clean.####.exr"))
    clean(asked, step="analyse")
    for frames in ("1005-1008", "1001-1004"):
        clean(Clean(asked.plate, asked.output, frames=frames), step="fill")
    clean(asked, step="report")
    assert contents(tmp_path / "out") == contents(tmp_path / "once") and len(contents(tmp_path / "out")) == 8
    with pytest.raises(JobError, match="in one piece"):
        clean(Clean(asked.plate, asked.output, single=True), step="fill")


def test_a_wider_plate_in_steps_has_the_bits_of_one_run(tmp_path):
    shot = render(tmp_path / "shot", rendered.turning(), frames=6, size=(48, 72), radius=0.1)
    extend(Extend(shot.plate, str(tmp_path / "once" / "clean.####.exr"), pad="8,0,8,0"))
    asked = Extend(shot.plate, str(tmp_path / "out" / "clean.####.exr"), pad="8,0,8,0")
    for frames in ("1004-1006", "1001-1003"):
        extend(Extend(asked.plate, asked.output, pad="8,0,8,0", frames=frames), step="fill")
    report = extend(asked, step="report")
    assert contents(tmp_path / "out") == contents(tmp_path / "once") and report.passed
    assert json.loads((tmp_path / "out" / "report.json").read_text())["passed"]
