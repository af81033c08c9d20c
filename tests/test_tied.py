"""A program that was started ends with the process that started it, also when that is killed."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from workers import ROOT, gone

from vfx_ai.tied import Tied

SLEEPS = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]


def run(tmp_path: Path, line: list[str]) -> Tied:
    with (tmp_path / "said.txt").open("wb") as said:
        return Tied(line, tmp_path, said)


def over(tied: Tied) -> int | None:
    end = time.monotonic() + 20
    while (code := tied.code) is None and time.monotonic() < end:
        time.sleep(0.02)
    tied.end()
    return code


def test_its_exit_code_its_words_and_its_folder_are_the_programs(tmp_path):
    code = "import sys, os; print(os.getcwd(), file=sys.stderr); sys.exit(7 if sys.stdin.read() == '' else 8)"
    assert over(run(tmp_path, [sys.executable, "-c", code])) == 7
    assert (tmp_path / "said.txt").read_text(encoding="utf-8").strip() == str(tmp_path)


def test_what_is_not_there_fails_and_says_so(tmp_path):
    assert over(run(tmp_path, ["no-such-program-at-all"])) == 1
    assert "no-such-program-at-all" in (tmp_path / "said.txt").read_text(encoding="utf-8")


def test_it_can_be_ended(tmp_path):
    tied = run(tmp_path, SLEEPS)
    family = await_family(tied._process.pid, 2)
    tied.end()
    assert gone(family, 10) and tied.code is not None


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_it_ends_when_its_starter_is_killed(tmp_path):
    code = f"""
        import sys, time
        from pathlib import Path
        from vfx_ai.tied import Tied
        Tied({SLEEPS!r}, Path(sys.argv[1]), open(sys.argv[1] + "/said.txt", "wb"))
        time.sleep(60)
    """
    starter = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], cwd=ROOT)
    family = await_family(starter.pid, 3)
    starter.kill()
    starter.wait()
    assert gone(family, 10)


def await_family(pid: int, count: int) -> list[psutil.Process]:
    """A process and what it started, once these are so many."""
    end = time.monotonic() + 20
    me = psutil.Process(pid)
    while len(family := [me, *me.children(recursive=True)]) < count:
        assert time.monotonic() < end
        time.sleep(0.02)
    return family
