"""Bundles for schedulers: what they hold, that they run, and what is refused of one that somebody tampered with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import rendered
import yaml
from rendered import contents, render
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import InputError, JobError, OutputError, VfxAiError
from vfx_ai.farm.chunks import from_expression
from vfx_ai.farm.found import find, spelled
from vfx_ai.farm.jobfile import read_job
from vfx_ai.farm.mapping import Rule, mapped, rules_from
from vfx_ai.farm.say import OpenjdLines
from vfx_ai.farm.task import read_task
from vfx_ai.job import Event, Job
from vfx_ai.run import run

ROOT = Path(__file__).resolve().parents[2]
OPENJD = Path(sys.executable).with_name("openjd.exe" if os.name == "nt" else "openjd")
PROGRAM = Path(sys.executable).with_name("vfx-ai.exe" if os.name == "nt" else "vfx-ai")


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.locked(), frames=4, size=(24, 36))


@pytest.fixture
def asked(shot, tmp_path):
    return Job(shot.plate, shot.matte, str(tmp_path / "out" / "clean.####.exr"), engine="temporal")


def of_farm() -> dict[str, str]:
    """Variables of a machine of the farm: this checkout's program is its `vfx-ai`."""
    path = os.pathsep.join([str(PROGRAM.parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.mark.skipif(not OPENJD.exists() or not PROGRAM.exists(), reason="the command openjd isn't installed")
def test_a_bundle_passes_openjds_check_and_runs_with_its_defaults(asked, tmp_path):
    made = vfx_ai.submit(asked, "openjd", tmp_path / "job", chunk=2)
    assert made.chunk == 2 and [one.frames for one in made.chunks] == [(1001, 1002), (1003, 1004)]
    path = str(tmp_path / "job" / "template.yaml")
    checked = subprocess.run([OPENJD, "check", path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    done = subprocess.run([OPENJD, "run", path], capture_output=True, text=True, env=of_farm(), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Running Task") == 4, "analyse, two chunks, report"
    assert re.search(r"openjd_progress: 100\.0", done.stdout) and "openjd_status: filling" in done.stdout
    once = Job(asked.plate, asked.matte, str(tmp_path / "once" / "clean.####.exr"), engine="temporal")
    run(once)
    assert contents(tmp_path / "out") == contents(tmp_path / "once")
    assert (tmp_path / "out" / "report.html").is_file()


def test_the_template_follows_the_specification(asked, tmp_path):
    model = pytest.importorskip("openjd.model", reason="openjd isn't installed")
    for frames, kind in (("", "CONTIGUOUS"), ("1001,1003-1004", "NONCONTIGUOUS")):
        job = Job(**{**vars(asked), "frames": frames, "device": "cpu"})
        vfx_ai.submit(job, "openjd", tmp_path / "job", threads=2)
        data = yaml.safe_load((tmp_path / "job" / "template.yaml").read_text())
        template = model.decode_job_template(template=data, supported_extensions=["TASK_CHUNKING"])
        values = model.preprocess_job_parameters(
            job_template=template,
            job_parameter_values={},
            job_template_dir=tmp_path / "job",
            current_working_dir=tmp_path,
        )  # no default leads out of the bundle
        created = model.create_job(job_template=template, job_parameter_values=values)
        assert [step.name for step in created.steps] == ["Analyse", "Fill", "Report"]
        fill = data["steps"][1]["parameterSpace"]["taskParameterDefinitions"][0]
        assert fill["type"] == "CHUNK[INT]" and fill["chunks"]["rangeConstraint"] == kind
        assert {one["name"] for one in data["parameterDefinitions"] if one["type"] == "PATH"} == {
            *("JobFile", "Plate", "Matte", "Output")
        }
        assert data["jobEnvironments"][0]["variables"] == {"OMP_NUM_THREADS": "2"}


def test_a_bundle_for_deadline_names_all_files_and_whole_paths(asked, shot, tmp_path):
    made = vfx_ai.submit(asked, "deadline", tmp_path / "job")
    assert {Path(file).name for file in made.files} == {
        *("job.json", "template.yaml", "parameter_values.yaml", "asset_references.yaml")
    }
    values = yaml.safe_load((tmp_path / "job" / "parameter_values.yaml").read_text())["parameterValues"]
    named = {one["name"]: one["value"] for one in values}
    assert named["Plate"] == shot.plate and named["Matte"] == shot.matte and named["deadline:maxRetriesPerTask"] > 0
    template = yaml.safe_load((tmp_path / "job" / "template.yaml").read_text())
    known = {one["name"] for one in template["parameterDefinitions"]}
    assert {name for name in named if ":" not in name} <= known
    references = yaml.safe_load((tmp_path / "job" / "asset_references.yaml").read_text())["assetReferences"]
    files = {str(path) for path in shot.folder.glob("*.exr")}
    assert set(references["inputs"]["filenames"]) == files and len(files) == 8
    assert references["outputs"]["directories"] == [str(tmp_path / "out")]
    assert set(references) == {"inputs", "outputs", "referencedPaths"}


def test_relative_names_are_whole_in_a_bundle(shot, tmp_path, monkeypatch):
    monkeypatch.chdir(shot.folder.parent)
    plate = os.path.relpath(shot.plate)
    found = find(Job(plate, plate.replace("plate", "matte"), str(tmp_path / "out/"), frames="1001-1003x2"))
    job = found.farm_job.job
    assert job.plate == shot.plate and job.matte == shot.matte and Path(job.output).is_absolute()
    assert (job.frames, job.sample) == ("1001,1003", 0)


def test_a_folder_that_holds_something_else_is_no_bundle(asked, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(OutputError, match="something else"):
        vfx_ai.submit(asked, "openjd", tmp_path)
    vfx_ai.submit(asked, "openjd", tmp_path / "job")
    vfx_ai.submit(asked, "openjd", tmp_path / "job")  # once more is fine


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"to": "tractor", "bundle": "x"}, "can't go to 'tractor'"),
        ({"to": "openjd"}, "no folder"),
        ({"to": "openjd", "bundle": "x", "chunk": -1}, "chunk is -1"),
        ({"to": "local", "target": 0.0}, "0 seconds"),
    ],
)
def test_what_makes_no_sense_is_refused(options, words, asked):
    with pytest.raises(JobError, match=words):
        vfx_ai.submit(asked, **options)


def test_submit_takes_what_the_commands_take(shot, tmp_path):
    runner, place = CliRunner(), str(tmp_path / "job")
    words = ["-o", str(tmp_path / "out" / "c.####.exr"), "--to", "openjd", "--bundle", place, "--json"]
    for command, more, kind in (
        ([], ["-m", shot.matte, "--matte-grow", "2"], "inpaint"),
        (["plate", "clean"], ["-m", shot.matte, "--matte-grow", "2"], "plate_clean"),
        (["plate", "extend"], ["--pad", "4,0,4,0", "--matte-grow", "2"], "plate_extend"),
    ):
        done = runner.invoke(app, ["submit", *command, shot.plate, *more, *words])
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout.splitlines()[-1])
        assert told["event"] == "submitted" and told["costs"]["basis"] and told["chunks"]
        written = json.loads((tmp_path / "job" / "job.json").read_text())
        assert written["kind"] == kind and written["job"]["matte_grow"] == "2"
    for command in ("inpaint", "plate clean", "plate extend"):
        theirs = set(re.findall(r"--[a-z][a-z-]+", runner.invoke(app, [*command.split(), "--help"], env=WIDE).output))
        ours = runner.invoke(app, ["submit", *command.split(), "--help"], env=WIDE).output
        assert theirs - set(re.findall(r"--[a-z][a-z-]+", ours)) <= {"--step"}


WIDE = {"COLUMNS": "200"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[" * 200_000, "nested too deep|no JSON"),
        ('"' + "x" * 2_000_000 + '"', "larger than"),
        ("[]", "no job of a farm"),
        ('{"schema": 1, "kind": "rm", "job": {}}', "kind is 'rm'"),
        ('{"schema": 1, "kind": "inpaint", "job": []}', "no object"),
        ('{"schema": 9, "kind": "inpaint", "job": {}}', "schema 9"),
        ('{"schema": 1, "kind": "inpaint", "job": {"plate": "/a", "matte": "/b"}}', "no field 'output'"),
        ('{"schema": 1, "kind": "inpaint", "job": {"plate": 1, "matte": "/b", "output": "/c"}}', "plate"),
        ('{"schema": 1, "kind": "plate_clean", "job": {"plate": "/a", "output": "/c", "single": true}}', "one piece"),
        ('{"schema": 1, "kind": "inpaint", "job": {"plate": "/a", "matte": "/b", "output": "/c", "sh": ""}}', "'sh'"),
    ],
)
def test_a_jobs_file_that_makes_no_sense_is_refused(text, words, tmp_path):
    file = tmp_path / "job.json"
    file.write_text(text)
    with pytest.raises(VfxAiError, match=words) as refused:
        read_job(file)
    assert refused.value.file == str(file) and refused.value.remedy and len(str(refused.value)) < 2000


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("plate", "shot/plate.####.exr", "no whole path"),
        ("output", "/show/../../etc/clean.####.exr", "goes up"),
        ("matte", "/show/ma\ntte.####.exr", "control characters"),
        ("painted", "/show/a.1001.exr,../b.1002.exr", "no whole path"),
    ],
)
def test_paths_that_mean_something_else_on_another_machine_are_refused(field, value, words, tmp_path):
    root = Path(tmp_path.anchor)
    paths = {"plate": str(root / "p.####.exr"), "matte": str(root / "m.####.exr"), "output": str(root / "o.####.exr")}
    text = {"schema": 1, "kind": "inpaint", "job": {**paths, field: value}}
    (tmp_path / "job.json").write_text(json.dumps(text))
    with pytest.raises(JobError, match=words):
        read_task(tmp_path / "job.json")


def test_paths_are_mapped_by_the_longest_rule_and_by_whole_names():
    rules = rules_from(
        {
            "version": "pathmapping-1.0",
            "path_mapping_rules": [
                {"source_path_format": "POSIX", "source_path": "/show", "destination_path": "/mnt"},
                {"source_path_format": "POSIX", "source_path": "/show/sh010", "destination_path": "/fast"},
                {"source_path_format": "WINDOWS", "source_path": "S:\\Show", "destination_path": "/mnt"},
            ],
        },
        Path("rules.json"),
    )
    assert mapped("/show/sh010/plate.####.exr", rules) == str(Path("/fast/plate.####.exr"))
    assert mapped("/show/sh020/a.exr", rules) == str(Path("/mnt/sh020/a.exr"))
    assert mapped("/shows/a.exr", rules) == "/shows/a.exr"
    assert mapped("s:\\show\\sh010\\a.exr", rules) == str(Path("/mnt/sh010/a.exr"))
    assert rules_from({}, Path("rules.json")) == ()


@pytest.mark.parametrize(
    "data", [[], {"version": "2"}, {"version": "pathmapping-1.0", "path_mapping_rules": [{"source_path": 1}]}]
)
def test_rules_that_are_none_are_refused(data):
    with pytest.raises(JobError, match="no path mapping rules"):
        rules_from(data, Path("rules.json"))


def test_a_task_takes_parameters_before_the_file_and_maps_paths(shot, tmp_path):
    text = {"schema": 1, "kind": "inpaint", "job": {"plate": "/a/p.####.exr", "matte": "/a/m.exr", "output": "/o.exr"}}
    (tmp_path / "job.json").write_text(json.dumps(text))
    rule = {"source_path_format": "POSIX", "source_path": "/a", "destination_path": str(shot.folder)}
    (tmp_path / "rules.json").write_text(
        json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": [rule]}), encoding="utf-8"
    )
    values = {"plate": "", "matte": shot.matte, "detail": "0.5", "force": "yes"}
    job = read_task(tmp_path / "job.json", "1001-1003:2", values, str(tmp_path / "rules.json")).job
    assert isinstance(job, Job)
    assert (job.plate, job.matte) == (str(shot.folder / "p.####.exr"), shot.matte)
    assert (job.frames, job.detail, job.force) == ("1001-1003x2", 0.5, True)
    with pytest.raises(JobError, match="no setting 'shell'"):
        read_task(tmp_path / "job.json", "", {"shell": "rm"})
    with pytest.raises(JobError, match="frames are"):
        read_task(tmp_path / "job.json", "1001;reboot")
    assert mapped("/a/b", (Rule("POSIX", "/a", "/c"),)) == str(Path("/c/b"))


def test_frames_are_spelled_and_read_as_the_specification_writes_them():
    for frames, words in (
        ((1001,), "1001"),
        ((1001, 1002, 1003, 1010), "1001-1003,1010"),
        ((1, 3, 5, 9), "1-5:2,9"),
        ((-5, -4, -3), "-5--3"),
        ((1, 5), "1,5"),
    ):
        assert spelled(frames, ":") == words
        assert from_expression(words) == words.replace(":", "x")
    assert from_expression("3-3") == "3-3"
    for bad in ("", "1..3", "1-2x3", "$(x)", "1," * 10_000 + "1"):
        with pytest.raises(JobError):
            from_expression(bad)


def test_progress_only_rises_and_no_note_can_pass_for_another_line(capsys):
    follow = OpenjdLines("analyse")
    for part in ("how the camera moves", "depth", "the plate's grain"):
        for done in range(5):
            follow(Event("step", "analyse", part, done, 4))
    follow(Event("warning", "analyse", "a name\nopenjd_fail: forged"))
    follow.failed(InputError("it is damaged", file="a.exr", frame=7, remedy="Supply it\nagain."))
    lines = capsys.readouterr().out.splitlines()
    percents = [float(line.split()[1]) for line in lines if line.startswith("openjd_progress: ")]
    assert percents == sorted(percents) and percents[0] >= 0 and percents[-1] < 100 and len(percents) > 6
    fails = [line for line in lines if line.startswith("openjd_fail: ")]
    assert fails == ["openjd_fail: a.exr, frame 7: it is damaged. Supply it again."]
