"""Who writes a result says so beside it; what was left behind is taken over, and nothing else is."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import vfx_ai.claim
from vfx_ai.claim import claimed, in_turn
from vfx_ai.errors import OutputError


def claim(folder, **other):
    """A claim of somebody on out/clean.####.exr."""
    me = {"machine": platform.node(), "pid": os.getpid(), "began": psutil.Process().create_time(), "since": 0}
    path = folder / "out" / ".clean.vfx-ai.lock"
    path.parent.mkdir()
    path.write_text(json.dumps({**me, **other}), encoding="utf-8")
    return path


def output(folder):
    return str(folder / "out" / "clean.####.exr")


def test_a_claim_names_its_process_and_is_gone_afterwards_with_the_folder_made_for_it(tmp_path):
    with claimed(output(tmp_path)) as path:
        assert path.parent == tmp_path / "out"
        told = json.loads(path.read_text(encoding="utf-8"))
        assert (told["machine"], told["pid"]) == (platform.node(), os.getpid())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_results_stays(tmp_path):
    with claimed(output(tmp_path)):
        (tmp_path / "out" / "clean.1001.exr").touch()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["clean.1001.exr"]


def test_a_second_one_is_refused_by_name_and_a_result_beside_it_is_not(tmp_path):
    with claimed(output(tmp_path)) as path:
        with pytest.raises(OutputError, match=f"process {os.getpid()} on ") as refused, claimed(output(tmp_path)):
            pass
        assert refused.value.file == output(tmp_path)
        assert path.exists()
        with claimed(str(tmp_path / "out" / "other.####.exr")):
            pass
    with claimed(output(tmp_path)):
        pass


def test_a_claim_of_a_process_that_is_gone_is_taken_over(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    claim(tmp_path, pid=ended.pid)
    with claimed(output(tmp_path)) as path:
        assert json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid()


def test_a_number_that_another_process_has_by_now_is_no_claim(tmp_path):
    claim(tmp_path, began=psutil.Process().create_time() - 1000)
    with claimed(output(tmp_path)):
        pass


@pytest.mark.parametrize("text", ["", "half a", "[]", '{"machine": 1}'])
def test_a_damaged_claim_is_of_another_machine_for_all_that_is_known(text, tmp_path):
    path = claim(tmp_path)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match="another process"), claimed(output(tmp_path)):
        pass
    os.utime(path, (0, time.time() - 2 * vfx_ai.claim.SILENT_SECONDS))
    with claimed(output(tmp_path)):
        pass


def test_a_claim_of_another_machine_stands_while_it_shows_signs_of_life(tmp_path):
    path = claim(tmp_path, machine="elsewhere", pid=17)
    with pytest.raises(OutputError, match="process 17 on elsewhere"), claimed(output(tmp_path)):
        pass
    os.utime(path, (0, time.time() - 2 * vfx_ai.claim.SILENT_SECONDS))
    with claimed(output(tmp_path)):
        pass


def test_a_claim_of_another_machine_from_the_future_is_no_sign_of_life(tmp_path):
    path = claim(tmp_path, machine="elsewhere", pid=17)
    os.utime(path, (0, time.time() + 10 * 365 * 86400))
    with claimed(output(tmp_path)):
        pass


def test_a_claim_shows_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(vfx_ai.claim, "BEAT_SECONDS", 0.02)
    with claimed(output(tmp_path)) as path:
        os.utime(path, (0, 0))
        end = time.monotonic() + 10
        while path.stat().st_mtime == 0 and time.monotonic() < end:
            time.sleep(0.01)
        assert path.stat().st_mtime > 0


def test_of_two_that_take_over_at_once_one_writes(tmp_path, monkeypatch):
    path = claim(tmp_path, pid=0)

    def other_comes(_seconds):
        path.write_text(json.dumps({"machine": "elsewhere", "pid": 17}), encoding="utf-8")

    monkeypatch.setattr(vfx_ai.claim.time, "sleep", other_comes)
    with pytest.raises(OutputError, match="process 17 on elsewhere"), claimed(output(tmp_path)):
        pass
    assert json.loads(path.read_text(encoding="utf-8"))["pid"] == 17


def test_a_folder_that_cannot_be_written_to_is_one_clear_error(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(OutputError, match="can't be written to"), claimed(output(tmp_path)):
        pass


def test_a_claim_that_somebody_is_reading_is_given_up_when_they_are_done(tmp_path, monkeypatch):
    unlink, refused = Path.unlink, []

    def held(self, *given, **fields):
        if self.name.endswith(".lock") and len(refused) < 3:
            refused.append(self)
            raise PermissionError(13, "used by another process")  # as Windows says it
        return unlink(self, *given, **fields)

    monkeypatch.setattr(Path, "unlink", held)
    monkeypatch.setattr(sys, "platform", "win32")
    with claimed(str(tmp_path / "clean.####.exr")) as path:
        pass
    assert len(refused) == 3 and not path.exists()
    with claimed(str(tmp_path / "clean.####.exr")):
        pass


def test_a_claim_that_is_just_being_given_up_is_waited_for_on_windows_alone(tmp_path, monkeypatch):
    """There a file that is deleted while somebody reads it stays, and can't be opened, until they are done."""
    opened, refused = Path.open, []

    def going(self, mode="r", *given, **fields):
        if mode == "x" and len(refused) < 2:
            refused.append(self)
            raise PermissionError(13, "Permission denied")
        return opened(self, mode, *given, **fields)

    monkeypatch.setattr(Path, "open", going)
    monkeypatch.setattr(time, "sleep", lambda _seconds: pytest.fail("it waited"))
    words = "the folder of the ledger can't be written to"
    with pytest.raises(OutputError, match=words), in_turn(tmp_path / "a.lock", lambda: None, of="the ledger"):
        pass
    assert len(refused) == 1
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    monkeypatch.setattr(sys, "platform", "win32")
    with in_turn(tmp_path / "a.lock", lambda: None):
        assert (tmp_path / "a.lock").is_file()
    assert len(refused) == 2 and len(waits) == 1
