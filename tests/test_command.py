"""The command line as a process of its own: how quickly it comes, what it exits with, and how Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def python(code, *words, **others):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
        **others,
    )


def test_help_imports_nothing_but_typer_and_its_own_few_files(tmp_path):
    code = """
        import sys, typer
        from typer.testing import CliRunner
        bare = typer.Typer()
        for name in ("one", "other"):
            bare.command(name)(lambda: None)
        for words in (["--help"], ["one", "--help"]):
            assert CliRunner().invoke(bare, words).exit_code == 0
        typers = set(sys.modules)
        import vfx_ai.cli
        for words in (["--help"], ["inpaint", "--help"], ["camera", "--help"]):
            assert CliRunner().invoke(vfx_ai.cli.app, words).exit_code == 0
        print(*sorted(set(sys.modules) - typers))
    """
    out, err = python(code, cwd=tmp_path).communicate(timeout=60)
    assert err == ""
    ours = {name for name in out.split() if name.split(".")[0] == "vfx_ai"}
    others = {name.split(".")[0] for name in out.split()} - {"vfx_ai"}
    assert "vfx_ai.cli.plate" in ours and len(ours) < 60
    assert others <= sys.stdlib_module_names


MAIN = "import sys; from vfx_ai.cli import main; main()"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--version"], 0, ""),
        (["inpaint", "p.exr", "--mat"], 2, "--mat"),
        (["inpaint", "p.exr", "-m", "m.exr", "-o", "o.exr", "--sample", "many"], 2, "--sample"),
        (["frobnicate"], 2, "frobnicate"),
        (["inpaint", "p.exr", "-o", "o.exr"], 2, "no matte was given"),
    ],
)
def test_what_was_typed_wrongly_is_one_line_and_exit_code_two(words, code, says, tmp_path):
    process = python(MAIN, *words, cwd=tmp_path)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert says in err
    assert err.count("\n") == (1 if says else 0)
    assert out.startswith("vfx-ai ") or not out


def test_with_json_a_word_typed_wrongly_is_json_too(tmp_path):
    process = python(MAIN, "inpaint", "p.exr", "--json", cwd=tmp_path)
    out, err = process.communicate(timeout=60)
    assert (json.loads(out)["exit_code"], err, process.returncode) == (2, "", 2)


STAND_IN = """
    import sys, time, types, hashlib
    from vfx_ai.errors import Interrupted
    from vfx_ai.job import Event

    def run(job, progress, cancelled, step="all"):
        progress(Event("frame", "fill", "", 1, 9, 1001))
        print("running", flush=True)
        {step}

    sys.modules["vfx_ai.run"] = types.ModuleType("vfx_ai.run")
    sys.modules["vfx_ai.run"].run = run
    sys.argv = ["vfx-ai", "inpaint", "p.exr", "-m", "m.exr", "-o", "o.exr"]
    from vfx_ai.cli import main
    main()
"""
STEPS = {
    "that asks": "while not cancelled(): time.sleep(0.02)\n        raise Interrupted('stopped; 1 frame is kept')",
    "of Python": "while True: pass",
    "of C": "hashlib.pbkdf2_hmac('sha512', b'a', b'b', 10**9)",
    "that hides it": "try:\n            while True: pass\n        except KeyboardInterrupt: raise ValueError('half')",
}


@pytest.mark.skipif(sys.platform == "win32", reason="a test can't press Ctrl-C for another process there")
@pytest.mark.parametrize("step", STEPS)
def test_ctrl_c_ends_a_step_within_two_seconds_and_names_what_is_kept(step, tmp_path):
    process = python(STAND_IN.format(step=STEPS[step]), cwd=tmp_path)
    try:
        assert process.stdout.readline() == "running\n"
        time.sleep(0.2)
        pressed = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert time.monotonic() - pressed < 10  # two seconds, and more for a machine that is busy
    assert process.returncode == 130
    last = err.splitlines()[-1]
    assert last.startswith("vfx-ai: ")
    assert "kept" in last
    assert "Traceback" not in err
