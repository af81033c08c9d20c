from __future__ import annotations

import io
import json
import re
import signal
import sys
import types
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from asked_words import call
from rich.console import Console

import vfx_ai.job
from vfx_ai.errors import InputError, Interrupted
from vfx_ai.job import Event, Job
from vfx_ai.proof.record import FrameRecord, Report
from vfx_ai.terminal.console import ProgressBar, Rate

ROOT = Path(vfx_ai.job.__file__).parents[1]
RUN = ["inpaint", "shot/plate.####.exr", "--matte", "shot/matte.####.exr", "-o", "out/clean.####.exr"]


@dataclass(frozen=True)
class Plan:
    frames: tuple[int, ...] = (1001, 1002, 1003, 1010)
    finished: tuple[int, ...] = (1001,)
    width: int = 1920
    height: int = 1080
    hole_percent: float = 3.25
    engine: str = "temporal"
    memory_bytes: int = 2_500_000_000
    disk_bytes: int = 31_000_000
    seconds: float = 95.0
    notes: tuple[str, ...] = ("[bold] DWAA is written as ZIP",)
    output: str = "out/clean.####.exr"
    color: str = "ARRI LogC4 (as asked)"
    made: str = ""


def record(frame, **others):
    numbers = dict.fromkeys(("outside_data_window", "above_one", "negative", "not_finite", "result_bytes"), 0)
    values = {"hole": 200, "real": 190, "unsure": 4, "never_seen": 6, "confidence": 0.9, "sources": {"1002": 190}}
    values |= {"gain": (1.0, 1.0, 1.0), "brightest": 9.0, "seconds": 0.1, "result_mtime_ns": 0, **numbers, **others}
    return FrameRecord(frame=frame, plate="p", result="r", key="k", engine="temporal", **values)


def report(job, **others):
    values = {"frames": (record(1001), record(1002)), "passed": True, "verdict": "identical outside the matte"}
    values |= {"engine": "temporal", "why": "the camera stands still", "notes": (), "seconds": {"fill": 61.0}}
    values |= {"versions": {}, "device": "cpu", "started": "", "job": {"output": job.output}, **others}
    return Report(**values)


def finishes(job, progress, _cancelled):
    progress(Event("stage", "fill", "filling", 0, 2))
    progress(Event("warning", "fill", "DWAA [is] lossy"))
    progress(Event("note", "fill", "color was assumed"))
    progress(Event("frame", "fill", "", 1, 2, 1001))
    progress(Event("frame", "fill", "", 2, 2, 1002))
    return report(job)


@pytest.fixture
def with_run(monkeypatch):
    """Puts a stand-in for the run in its place; gives the jobs that it was called with."""
    jobs = []

    def put(run=finishes, plan=lambda job: Plan()):
        module = types.ModuleType("vfx_ai.run")
        module.run = lambda job, progress, cancelled, step="all": jobs.append(job) or run(job, progress, cancelled)
        module.plan = lambda job: jobs.append(job) or plan(job)
        monkeypatch.setitem(sys.modules, "vfx_ai.run", module)
        return jobs

    return put


def fails(error):
    def run(*_):
        raise error

    return run


def test_a_run_ends_with_its_figures_and_where_the_result_lies(with_run):
    with_run()
    done = call(*RUN)
    assert done.exit_code == 0, done.output
    for words in ("2 frames", "400 pixels", "95%", "2%", "3%", "identical outside the matte", "1 min 1 s", "out/clean"):
        assert words in done.stdout
    assert "Ready for review" in done.stdout


def test_every_field_of_the_job_has_an_option(with_run):
    jobs = with_run()
    options = {
        "frames": "-5-10",
        "sample": 3,
        "missing": "hold",
        "layer": "diffuse",
        "colorspace": "logc4",
        "exposure": "-1.5",
        "matte_objects": "Ball,crowd_*",
        "matte_layer": "CryptoObject",
        "matte_invert": True,
        "matte_grow": "-2",
        "camera": "shot.chan",
        "focal": "32mm/36mm",
        "engine": "flow",
        "blend": 4,
        "grain": "keep",
        "detail": 0.25,
        "painted": "paint/clean.1012.exr",
        "model": "sdxl-inpaint",
        "prompt": "wet cobbles",
        "negative": "people",
        "strength": 0.4,
        "seed": 7,
        "lora": "ourlook:0.8",
        "reference": "look.exr",
        "use": "research",
        "policy": "studio.yaml",
        "models_dir": "models",
        "effects": True,
        "device": "cpu",
        "memory": "4G",
        "layers": "diffuse,Z",
        "ids": "clear",
        "aovs": False,
        "keep_compression": True,
        "force": True,
    }
    another = {"matte_channel": "mask.A"}
    assert {field.name for field in fields(Job)} == {*options, *another, "plate", "matte", "output"}
    words = []
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        words += [flag] if value is True else [flag.replace("--", "--no-")] if value is False else [flag, str(value)]
    assert call(*RUN, *words).exit_code == 0
    assert call(*RUN, "--matte-channel", "mask.A").exit_code == 0
    names = ("shot/plate.####.exr", "shot/matte.####.exr", "out/clean.####.exr")
    assert jobs == [Job(*names, **options), Job(*names, **another)]


def test_options_left_out_are_the_jobs_own_defaults(with_run):
    jobs = with_run()
    call(*RUN)
    assert jobs == [Job("shot/plate.####.exr", "shot/matte.####.exr", "out/clean.####.exr")]


def test_an_error_is_one_line_with_its_own_exit_code(with_run):
    with_run(fails(InputError("can't be read", file="a.exr", frame=7, remedy="Render it again.")))
    done = call(*RUN)
    assert done.exit_code == 3
    assert done.stderr == "vfx-ai: a.exr, frame 7: can't be read. Render it again.\n"
    assert done.stdout == ""


def test_a_wrong_choice_names_the_choices(with_run):
    with_run()
    done = call(*RUN, "--missing", "guess")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "error, hold, black" in done.stderr


def test_a_fault_of_the_program_asks_to_be_reported(with_run):
    with_run(fails(ZeroDivisionError("division by zero")))
    done = call(*RUN)
    assert done.exit_code == 70
    assert done.stderr.count("\n") == 1
    assert "report it" in done.stderr
    assert "VFX_AI_DEBUG=1" in done.stderr


def test_debug_shows_where_it_happened(with_run):
    with_run(fails(ZeroDivisionError("division by zero")))
    done = call(*RUN, env={"VFX_AI_DEBUG": "1"})
    assert "Traceback" in done.stderr
    assert "test_cli.py" in done.stderr


def test_memory_that_ran_out_is_no_fault_of_the_program(with_run):
    with_run(fails(MemoryError()))
    done = call(*RUN)
    assert done.exit_code == 6
    assert "--memory" in done.stderr


def test_a_stopped_run_says_what_is_kept(with_run):
    with_run(fails(Interrupted("stopped; 3 frames are kept", remedy="The same command goes on.")))
    done = call(*RUN)
    assert done.exit_code == 130
    assert "3 frames are kept" in done.stderr


def test_a_result_that_differs_has_an_exit_code_of_its_own(with_run):
    bad = (record(1001), record(1002, differing=3))
    with_run(lambda job, *_: report(job, frames=bad, passed=False, verdict="3 pixels differ"))
    done = call(*RUN)
    assert done.exit_code == 5
    assert "1002" in done.stderr
    assert "Not ready" in done.stdout


def test_a_log_gets_plain_lines_and_warnings(with_run):
    with_run()
    done = call(*RUN)
    assert "warning: DWAA [is] lossy" in done.stderr
    assert "note: color was assumed" in done.stderr
    assert "Filling 2/2, frame 1002" in done.stderr
    assert "\x1b" not in done.output
    assert "\r" not in done.output


def test_a_log_of_many_frames_stays_short(with_run):
    def many(job, progress, _cancelled):
        for frame in range(1, 1001):
            progress(Event("frame", "fill", "", frame, 1000, frame))
        return report(job)

    with_run(many)
    assert call(*RUN).stderr.count("Filling") < 10


def test_a_terminal_gets_a_bar_with_frames_rate_and_time_left(monkeypatch):
    clock = iter(range(100, 200, 2))
    monkeypatch.setattr("vfx_ai.terminal.console.time", types.SimpleNamespace(monotonic=lambda: float(next(clock))))
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100, _environ={})
    with ProgressBar(terminal) as bar:
        bar(Event("stage", "fill", "filling", 0, 60))
        bar(Event("warning", "fill", "DWAA [is] lossy"))
        bar(Event("frame", "fill", "", 1, 60, 1001))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert "warning: DWAA [is] lossy" in shown
    assert re.search(r"Filling .* 1/60 +\S+ s/frame, .*(s|min) left", shown)
    assert screen.getvalue().rstrip().endswith("\x1b[?25h")


def test_frames_that_were_finished_before_do_not_count_as_quick(monkeypatch):
    clock = iter((100.0, 102.0))
    monkeypatch.setattr("vfx_ai.terminal.console.time", types.SimpleNamespace(monotonic=lambda: next(clock)))
    rate = Rate()
    rate.follow(Event("stage", "fill", "", 50, 60))
    assert rate.words(Event("frame", "fill", "", 51, 60, 1051)) == "  2.00 s/frame, 18 s left"


def test_quiet_leaves_warnings_alone(with_run):
    with_run()
    done = call(*RUN, "--quiet")
    assert done.stdout == ""
    assert done.stderr == "warning: DWAA [is] lossy\n"


def test_json_is_one_object_per_line_and_ends_with_the_report(with_run):
    with_run(lambda *words: finishes(*words))
    done = call(*RUN, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["event"] for line in lines] == ["stage", "warning", "note", "frame", "frame", "report"]
    assert lines[3] == {"event": "frame", "stage": "fill", "text": "", "done": 1, "total": 2, "frame": 1001}
    assert lines[-1]["passed"] is True
    assert (lines[-1]["hole"], lines[-1]["real"], lines[-1]["frames"]) == (400, 380, [1001, 1002])
    assert done.stderr == ""


def test_with_json_an_error_is_a_line_of_json_too(with_run):
    with_run(fails(InputError("can't be read", file="a.exr", frame=7)))
    done = call(*RUN, "--json")
    line = json.loads(done.stdout)
    assert (line["event"], line["file"], line["frame"], line["exit_code"]) == ("error", "a.exr", 7, 3)
    assert (done.stderr, done.exit_code) == ("", 3)


def test_a_dry_run_says_the_cost_and_writes_nothing(with_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with_run(run=fails(AssertionError("it ran")))
    done = call(*RUN, "--dry-run")
    assert done.exit_code == 0, done.output
    for words in ("4 frames: 1001-1003, 1010", "1920 x 1080", "3.25%", "2.5 GB", "1 min 35 s", "[bold] DWAA"):
        assert words in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert json.loads(call(*RUN, "--dry-run", "--json").stdout)["finished"] == [1001]


def test_a_finished_run_leaves_ctrl_c_as_it_was(with_run):
    with_run()
    before = signal.getsignal(signal.SIGINT)
    assert call(*RUN).exit_code == 0
    assert signal.getsignal(signal.SIGINT) is before
    assert signal.set_wakeup_fd(-1) == -1
