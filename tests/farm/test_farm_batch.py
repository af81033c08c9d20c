"""A night of shots: one that fails holds up no other, the page names it, and a rerun does what is left."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
import rendered
from rendered import contents, render
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import Interrupted, JobError
from vfx_ai.farm import batch as batches
from vfx_ai.farm.batch_page import page_html
from vfx_ai.farm.night import Night, ShotResult

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def this_checkout(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def night(tmp_path):
    """Three shots of which the second has a damaged frame."""
    for name in ("sh010", "sh020", "sh030"):
        render(tmp_path / name, rendered.locked(), frames=3, size=(24, 36))
    good = (tmp_path / "sh020" / "plate.1002.exr").read_bytes()
    (tmp_path / "sh020" / "plate.1002.exr").write_bytes(good[: len(good) // 2])
    rows = "".join(
        f"{name},{name}/plate.####.exr,{name}/matte.####.exr,out/{name}/clean.####.exr,temporal,cpu\n"
        for name in ("sh010", "sh020", "sh030")
    )
    path = tmp_path / "shots.csv"
    path.write_text("shot,plate,matte,output,engine,device\n" + rows)
    return path, tmp_path / "sh020" / "plate.1002.exr", good


def test_a_night_goes_on_after_a_shot_that_fails_and_its_rerun_costs_that_one(night):
    path, damaged, good = night
    runner = CliRunner()
    done = runner.invoke(app, ["batch", str(path), "--json"])
    assert done.exit_code == 1, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    shots = {line["name"]: line for line in lines if line["event"] == "shot"}
    assert [shots[name]["state"] for name in sorted(shots)] == ["done", "failed", "done"]
    bad = shots["sh020"]
    assert bad["file"] == str(damaged) and bad["frame"] == 1002 and bad["remedy"] and bad["message"]
    assert lines[-1]["failed"] == ["sh020"]
    folder = path.parent / "shots-batch"
    page = (folder / "batch.html").read_text(encoding="utf-8")
    assert lines[-1]["page"] == str(folder / "batch.html")
    for words in ("3 shots: 1 failed, 2 done", bad["file"], "frame 1002", bad["remedy"]):
        assert words in page
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) == 2 and all((folder / link).resolve().is_file() for link in links)
    assert "http" not in page.replace("http-equiv", "")

    damaged.write_bytes(good)
    times = {n: p.stat().st_mtime_ns for n, p in rendered.results(path.parent / "out" / "sh010").items()}
    again = vfx_ai.batch(path)
    assert [one.state for one in again.shots] == ["before", "done", "before"] and not again.failed
    assert times == {n: p.stat().st_mtime_ns for n, p in rendered.results(path.parent / "out" / "sh010").items()}
    assert len(contents(path.parent / "out" / "sh020")) == 3
    assert again.shots[0].figures["passed"] and "finished before" in again.shots[0].words


@pytest.fixture
def ran(monkeypatch):
    """Runs are a stand-in's; gives the names of the shots that were run."""
    names: list[str] = []

    def run(found, place, *_others):
        names.append(place.name)
        if place.name == "stops":
            raise Interrupted("stopped")
        frames, folder = [], Path(found.output).parent
        folder.mkdir(parents=True, exist_ok=True)
        for number in found.frames:
            found.result(number).write_bytes(b"result")
            stat = found.result(number).stat()
            size, modified = stat.st_size, stat.st_mtime_ns
            frames.append({"result": str(found.result(number)), "result_bytes": size, "result_mtime_ns": modified})
        (folder / "report.json").write_text(json.dumps({"frames": frames}))
        (folder / "report.html").write_text("")
        return {
            "report": str(folder / "report.html"),
            "report.json": str(folder / "report.json"),
            "hole": 10,
            "real": 9,
        }

    monkeypatch.setattr(batches, "_ran_here", run)
    return names


@pytest.fixture
def listing(tmp_path):
    """listing(*names): a list of shots that share a plate."""
    shot = render(tmp_path / "shot", rendered.locked(), frames=3, size=(24, 36))

    def made(*names: str, **more: str) -> Path:
        head = ",".join(["shot", "plate", "matte", "output", *more])
        rows = [",".join([n, shot.plate, shot.matte, f"out/{n}/c.####.exr", *more.values()]) for n in names]
        (tmp_path / "shots.csv").write_text("\n".join([head, *rows]))
        return tmp_path / "shots.csv"

    return made


def test_a_shot_is_done_anew_when_it_is_asked_otherwise_or_its_files_changed(listing, ran, tmp_path):
    path = listing("a", "b")
    vfx_ai.batch(path)
    assert [one.state for one in vfx_ai.batch(path).shots] == ["before", "before"] and ran == ["a", "b"]
    (tmp_path / "out" / "b" / "c.1002.exr").write_bytes(b"painted over")
    vfx_ai.batch(path)
    assert ran == ["a", "b", "b"]
    vfx_ai.batch(path, values={"matte_grow": "2"})
    assert ran == ["a", "b", "b", "a", "b"]
    vfx_ai.batch(path, values={"matte_grow": "2"}, force=True)
    assert len(ran) == 7


def test_a_stopped_night_has_its_page_and_goes_on(listing, ran, tmp_path):
    path = listing("a", "stops", "c")
    with pytest.raises(Interrupted):
        vfx_ai.batch(path)
    page = (tmp_path / "shots-batch" / "batch.html").read_text()
    assert "3 shots: 1 done, 2 not begun" in page
    assert ran == ["a", "stops"]


def test_a_value_that_the_shots_frames_refuse_is_found_before_anything_runs(listing, ran):
    with pytest.raises(JobError, match="row 2, column frames"):
        vfx_ai.batch(listing("a", frames="1-2"))
    assert not ran


def test_a_damaged_memory_of_earlier_nights_costs_no_more_than_doing_all_again(listing, ran, tmp_path):
    path = listing("a")
    vfx_ai.batch(path)
    (tmp_path / "shots-batch" / "batch.json").write_text("[" * 100_000)
    vfx_ai.batch(path)
    assert ran == ["a", "a"]


def test_shots_are_submitted_each_to_a_bundle_of_its_own(listing, tmp_path):
    night = vfx_ai.batch(listing("a", "b"), to="openjd", bundle=tmp_path / "jobs", chunk=2)
    assert [one.state for one in night.shots] == ["submitted", "submitted"]
    for name in "ab":
        assert (tmp_path / "jobs" / name / "template.yaml").is_file()
    with pytest.raises(JobError, match="no folder"):
        vfx_ai.batch(tmp_path / "shots.csv", to="openjd")
    with pytest.raises(JobError, match="can't go to 'mars'"):
        vfx_ai.batch(tmp_path / "shots.csv", to="mars")


def test_in_the_morning_the_page_tells_what_the_farm_did_and_what_is_left_is_submitted(listing, tmp_path):
    path, jobs = listing("a", "b", "c", engine="temporal"), tmp_path / "jobs"
    vfx_ai.batch(path, to="openjd", bundle=jobs)
    vfx_ai.task(jobs / "a" / "job.json")
    plate = tmp_path / "shot" / "plate.1002.exr"
    good, times = plate.read_bytes(), plate.stat().st_mtime_ns
    plate.write_bytes(good[: len(good) // 2])
    with pytest.raises(vfx_ai.InputError):
        vfx_ai.task(jobs / "b" / "job.json")
    plate.write_bytes(good)
    os.utime(plate, ns=(times, times))
    night = vfx_ai.batch(path, look=True)
    assert [one.state for one in night.shots] == ["done", "failed", "submitted"]
    assert night.shots[1].frame == 1002 and night.shots[1].file == str(plate) and night.shots[1].remedy
    assert "3 shots: 1 failed, 1 done, 1 submitted" in Path(night.page).read_text()
    again = vfx_ai.batch(path, to="openjd", bundle=jobs)
    assert [one.state for one in again.shots] == ["before", "submitted", "submitted"]


def test_nothing_on_the_page_is_taken_for_a_tag(tmp_path):
    evil = "<script>alert(1)</script>"
    shot = ShotResult("a", "inpaint", evil, "failed", message=evil, file=evil, frame=0, remedy=evil)
    page = page_html(Night((shot,)), tmp_path)
    assert "<script" not in page and "&lt;script&gt;" in page and "frame 0" in page
