"""A process gives way to the host: also where Linux shares processors among sessions, and never at the host's cost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
from workers import ROOT, Worker, job, stand_in

from vfx_ai.giving_way import AUTOGROUP, LEAST
from vfx_ai.motion import apart
from vfx_ai.worker.hand import NICE

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="niceness is POSIX's")
GROUPED = pytest.mark.skipif(not AUTOGROUP.is_file(), reason="there are no autogroups here")
TOLD = "import os; from vfx_ai.giving_way import give_way, session_gives_way; {}; print(os.nice(0)); "
TOLD += "print(open('/proc/self/autogroup').read() if os.path.exists('/proc/self/autogroup') else '')"


def niceness_in(autogroup):
    """The niceness of a session as Linux tells it, and None for one that was never made a group: its file is empty."""
    found = re.search(r"nice (-?\d+)", autogroup)
    return int(found[1]) if found else None


def session_niceness(pid):
    return niceness_in(Path(f"/proc/{pid}/autogroup").read_text(encoding="ascii"))


def told(does, *, leads):
    """What a process says of itself after doing that: its niceness, and its session's."""
    done = subprocess.run(
        [sys.executable, "-c", TOLD.format(does)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=leads,
    )
    own, _, session = done.stdout.partition("\n")
    return int(own), niceness_in(session)


@POSIX
def test_a_process_becomes_nicer_by_so_much_but_no_more_than_there_is():
    before = os.nice(0)
    assert told("give_way(3)", leads=False)[0] == min(LEAST, before + 3)
    assert told("give_way(40)", leads=False)[0] == LEAST


@POSIX
@GROUPED
def test_a_session_that_it_leads_becomes_as_nice_and_no_other():
    ours = session_niceness("self")
    own, session = told("give_way(4)", leads=True)
    assert session == own == min(LEAST, os.nice(0) + 4)
    own, session = told("give_way(4)", leads=False)
    assert session == ours == session_niceness("self")


@POSIX
@GROUPED
def test_what_comes_with_its_niceness_from_elsewhere_takes_its_session_along():
    own, session = told("os.nice(5); session_gives_way()", leads=True)
    assert session == own


@POSIX
@pytest.mark.parametrize(("said", "by"), [("", NICE), ("3", 3), ("a lot", NICE), ("0", 0)])
def test_what_works_gives_way_also_between_sessions_and_the_worker_itself_does_not(said, by, tmp_path):
    with Worker({**stand_in(tmp_path), "VFX_AI_NICE": said}, tmp_path) as worker:
        worker.answer("run", 1, kind="inpaint", job=job(tmp_path, "slow"))
        worker.working()
        me = psutil.Process(worker.process.pid)
        (hand,) = me.children()
        assert hand.nice() == min(LEAST, me.nice() + by)
        assert os.getsid(hand.pid) == hand.pid != os.getsid(me.pid)
        if AUTOGROUP.is_file():
            assert session_niceness(hand.pid) == (hand.nice() if by else 0)
            assert session_niceness(me.pid) == session_niceness("self")


class Nothing:
    """Tracks of nothing."""

    numbers = ()

    def save(self, _path):
        pass


@POSIX
@GROUPED
def test_the_cameras_solve_is_in_a_session_of_its_own_that_gives_way_too(tmp_path, monkeypatch):
    code = """
        import json, os, sys
        from pathlib import Path
        from vfx_ai.motion import apart

        def told(folder):
            lead = "leads" if os.getsid(0) == os.getpid() else "follows"
            why = lead + " " + Path("/proc/self/autogroup").read_text()
            (Path(folder) / "told.json").write_text(json.dumps({"solved": False, "why": why}))

        os.nice(6)
        apart._solve = told
        apart.main()
    """

    def started(_module, folder, threads):
        words = [sys.executable, "-c", textwrap.dedent(code), folder]
        return {"args": words, "env": {**os.environ, "PYTHONPATH": str(ROOT), **dict.fromkeys(threads, "1")}}

    monkeypatch.setattr(apart.own_python, "starting", started)
    solved, why = apart.solve_apart(Nothing(), apart.Picture((48, 72), (36.0, 24.0), None), tmp_path)
    assert solved is None and why.startswith("leads ")
    assert niceness_in(why) == min(LEAST, os.nice(0) + 6)
