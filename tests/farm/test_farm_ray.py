"""A shot on a real Ray of two workers: with the bits of one run, also where a chunk's process is killed."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import dying
import pytest
import ray_alone
import rendered
from rendered import contents, render

from vfx_ai.job import Job
from vfx_ai.run import run

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600  # Ray takes ten seconds to start on a machine that is free
ENGINE = ("--engine", "temporal", "--device", "cpu")


@pytest.fixture
def short_folder():
    """Paths of Ray's sockets may have a hundred letters."""
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_two_workers_of_a_real_ray_give_the_bits_of_one_run(tmp_path, short_folder):
    if importlib.util.find_spec("ray") is None:
        pytest.skip("ray isn't installed")
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("without a namespace of its own (Linux) a Ray would be open to other machines")
    words = ray_alone.words_of(short_folder, ["true"])
    tried = subprocess.run([*words[: words.index(sys.executable)], "true"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no namespace can be made here: {tried.stderr.strip()}")
    shot = render(tmp_path / "shot", rendered.locked(), frames=4, size=(24, 36))
    run(Job(shot.plate, shot.matte, str(tmp_path / "once" / "clean.####.exr"), engine="temporal", device="cpu"))
    (tmp_path / "sitecustomize.py").write_text(dying.DIES_ONCE)
    out, bundle = str(tmp_path / "out" / "clean.####.exr"), str(tmp_path / "job")
    command = [sys.executable, "-m", "vfx_ai", "submit", shot.plate, "-m", shot.matte, "-o", out, *ENGINE, "--json"]
    command += ["--to", "ray", "--address", ray_alone.ADDRESS, "--bundle", bundle, "--chunk", "2"]
    done = subprocess.run(
        ray_alone.words_of(short_folder, command),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]), "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if done.returncode == ray_alone.NO_RAY:
        pytest.skip(done.stderr.strip()[-400:])
    assert done.returncode == 0, done.stderr + done.stdout
    *events, made, last = (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
    # Nobody else could reach it, and it is gone.
    assert last == {"interfaces": ["lo"], "code": 0}, done.stderr
    assert made["event"] == "submitted" and made["answer"]["passed"] and made["workers"] == 2
    assert [one["frames"] for one in made["chunks"]] == ["1001-1002", "1003-1004"]
    # One of the chunks was killed on its way, and tried again.
    warned = " ".join(event["text"] for event in events if event["event"] == "warning")
    assert (tmp_path / "killed").exists() and made["retried"] == 1 and "killed by signal 9" in warned
    assert contents(tmp_path / "out") == contents(tmp_path / "once")
    assert not list((tmp_path / "out").rglob(".*.part*"))
