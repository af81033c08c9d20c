from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import vfx_ai.doctor
from vfx_ai.cli import app
from vfx_ai.doctor import examine


@pytest.fixture(scope="module")
def here():
    return examine()


def with_probes(monkeypatch, **answers):
    for name, answer in answers.items():
        monkeypatch.setitem(vfx_ai.doctor.PROBES, name, lambda answer=answer: answer)
    return examine()


def test_this_machine_can_run_it(here):
    assert here.missing == ()
    rows = dict(here.rows)
    assert rows["Python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}")
    assert rows["torch"][0].isdigit()
    assert "openexr" in rows["formats"]
    assert here.facts["cores"] >= 1


def test_without_a_gpu_it_says_that_the_cpu_works(monkeypatch):
    assert with_probes(monkeypatch, gpus=[]).allows[0].startswith("GPU: none; engines run on the CPU")


def test_with_a_gpu_it_names_it_and_its_memory(monkeypatch):
    found = with_probes(monkeypatch, gpus=[{"device": "cuda", "name": "RTX 9", "memory_bytes": 24_000_000_000}])
    assert dict(found.rows)["GPU"] == "RTX 9, 24.0 GB (cuda)"
    assert "engines run on cuda" in found.allows[0]


def test_little_memory_and_little_disk_are_said(monkeypatch):
    found = with_probes(
        monkeypatch,
        memory={"total_bytes": 4_000_000_000, "available_bytes": 1_000_000_000},
        disk={"folder": "/", "free_bytes": 1_000_000},
    )
    said = " ".join(found.allows)
    assert "1.0 GB unless" in said
    assert "that is little" in said
    assert "1.0 MB is little" in said


def test_a_probe_that_fails_costs_one_row(monkeypatch):
    def broken():
        raise RuntimeError("driver mismatch")

    monkeypatch.setitem(vfx_ai.doctor.PROBES, "gpus", broken)
    monkeypatch.setitem(vfx_ai.doctor.PROBES, "memory", broken)
    rows = dict(examine().rows)
    assert (rows["GPU"], rows["memory"]) == ("none", "unknown")


def test_a_package_that_is_missing_is_named_with_an_exit_code(monkeypatch):
    monkeypatch.setattr(vfx_ai.doctor, "NEEDED", ("numpy", "no_such_package"))
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 6
    assert "can't be imported" in done.stdout
    assert "no_such_package" in done.stderr


def test_json_holds_the_same_facts(here, monkeypatch):
    monkeypatch.setattr(
        vfx_ai.doctor, "examine", lambda: replace(here, facts={**here.facts, "ffmpeg": "/usr/bin/ffmpeg"})
    )
    done = CliRunner().invoke(app, ["doctor", "--json"])
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert found["facts"]["ffmpeg"] == "/usr/bin/ffmpeg"
    assert found["facts"]["versions"]["torch"] == here.facts["versions"]["torch"]


def test_the_command_answers_as_its_own_process(tmp_path):
    root = Path(vfx_ai.doctor.__file__).parents[1]
    code = f"import sys; sys.path.insert(0, {str(root)!r}); from vfx_ai.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    assert "What that allows" in done.stdout
    assert str(tmp_path) in done.stdout
