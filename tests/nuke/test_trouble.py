"""A host's bad days, with a worker that does what the plate's name says: cancelled, killed, deleted; each told once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from vfx_ai.client import Client


def idle(loaded):
    return lambda: not loaded.ticking._thread


def named(nuke, folder, what):
    """An Inpaint node whose plate is one frame with such a name."""
    node = nuke.createNode("VFXAI_Inpaint")
    for index in range(2):
        read = nuke.createNode("Read")
        plate = folder / f"{what}.exr"
        plate.touch()
        read["file"].setValue(str(plate))
        node.setInput(index, read)
    return node


def test_a_result_that_cannot_be_seen_from_here_is_told(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    node = named(nuke, tmp_path, "fine")
    nuke._press(node, "render")
    nuke._spin(idle(loaded))
    assert "no frame is seen at" in node["status"].value() and not node["has_result"].value()


def test_cancel_stops_the_job_and_says_so(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    node = named(nuke, tmp_path, "asks")
    nuke._press(node, "render")
    nuke._spin(lambda: loaded.jobs.JOBS[0].state == "running")
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))
    assert loaded.jobs.JOBS[0].state == "cancelled" and not nuke._messages
    assert "finished frames are kept" in node["status"].value()


def test_a_progress_task_cancels_too(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    node = named(nuke, tmp_path, "asks")
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._tasks)
    nuke._tasks[0]._cancelled = True
    nuke._spin(idle(loaded))
    assert loaded.jobs.JOBS[0].state == "cancelled" and not nuke._messages


def test_no_progress_task_is_made_while_a_panel_shows_the_queue(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    loaded.ticking.PANELS.append("a panel")
    nuke._press(named(nuke, tmp_path, "slow"), "render")
    nuke._spin(idle(loaded))
    assert loaded.jobs.JOBS[0].state == "finished" and not nuke._tasks


def test_a_job_that_waits_in_line_is_cancelled_by_itself(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    first, second = named(nuke, tmp_path, "asks"), named(nuke, tmp_path, "fine")
    second["out_file"].setValue(str(tmp_path / "other" / "clean.####.exr"))
    nuke._press(first, "render")
    nuke._press(second, "render")
    nuke._press(second, "cancel")
    nuke._spin(lambda: loaded.jobs.JOBS[1].over)
    assert [job.over for job in loaded.jobs.JOBS] == [False, True]  # the first one works until it is told to stop
    nuke._press(first, "cancel")
    nuke._spin(idle(loaded))
    assert [job.state for job in loaded.jobs.JOBS] == ["cancelled", "cancelled"]


def test_a_worker_that_is_missing_is_one_message_with_a_remedy(nuke, into, tmp_path):
    loaded = into(nuke, Client([str(tmp_path / "no such worker")], []))
    node = named(nuke, tmp_path, "fine")
    nuke._press(node, "render")
    nuke._spin(idle(loaded))
    nuke._spin(lambda: nuke._messages)
    (message,) = nuke._messages
    assert message.startswith("VFXAI_Inpaint1: ") and "can't be started" in message and "vfx-ai install" in message


def test_bad_input_is_one_message_that_names_file_frame_and_remedy(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    node = named(nuke, tmp_path, "fails")
    nuke._press(node, "render")
    nuke._spin(idle(loaded))
    nuke._spin(lambda: nuke._messages)
    (message,) = nuke._messages
    assert message == f"VFXAI_Inpaint1: {tmp_path}/fails.exr, frame 1002: it is damaged. Supply it again."
    assert node["status"].value() in message


def test_a_node_is_rendered_once_at_a_time(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    node = named(nuke, tmp_path, "asks")
    nuke._press(node, "render")
    nuke._press(node, "render")
    assert len(nuke._messages) == 1 and "already" in nuke._messages[0]
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))


def test_a_node_that_is_deleted_meanwhile_hurts_nobody(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    node, other = named(nuke, tmp_path, "slow"), named(nuke, tmp_path, "fine")
    nuke._press(node, "render")
    nuke._press(other, "render")
    node._deleted = True
    nuke._spin(idle(loaded))
    assert [job.state for job in loaded.jobs.JOBS] == ["finished", "finished"] and not nuke._messages


def test_threads_of_ours_end_with_their_jobs(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    for _ in range(2):
        nuke._press(named(nuke, tmp_path, "fine"), "render")
        nuke._spin(idle(loaded))
        assert not [thread for thread in threading.enumerate() if thread.name == "vfx-ai jobs"]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_a_worker_that_dies_is_told_and_the_next_press_starts_another(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    node = named(nuke, tmp_path, "asks")
    nuke._press(node, "render")
    nuke._spin(lambda: any("a line of the log" in line for line in swift.log()))
    os.kill(swift.pid, signal.SIGKILL)
    nuke._spin(idle(loaded))
    nuke._spin(lambda: nuke._messages)
    (message,) = nuke._messages
    assert "ended by signal 9" in message and "a line of the log about asks" in message.splitlines()[-1]
    assert any("a line of the log" in line for line in loaded.jobs.JOBS[0].log)
    nuke._press(named(nuke, tmp_path, "fine"), "render")
    nuke._spin(idle(loaded))
    assert loaded.jobs.JOBS[-1].state == "finished" and len(nuke._messages) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_without_an_interface_the_last_lines_of_a_dead_workers_log_are_printed(terminal, into, swift, tmp_path, capsys):
    loaded = into(terminal, swift)
    node = named(terminal, tmp_path, "asks")

    def kill():
        while not any("a line of the log" in line for line in swift.log()):
            time.sleep(0.02)
        os.kill(swift.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(RuntimeError, match="VFXAI_Inpaint1: the worker was ended by signal 9"):
        loaded.plugin.render(node)
    killer.join()
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["VFXAI_Inpaint1: the last lines of the worker's log:", "a line of the log about asks"]


def test_ctrl_c_in_a_terminal_ends_the_job_and_the_next_render_is_another(terminal, into, swift, tmp_path, monkeypatch):
    loaded = into(terminal, swift)
    node, pump = named(terminal, tmp_path, "asks"), loaded.jobs.pump

    def interrupted():
        pump()
        if loaded.jobs.JOBS[0].state == "running":
            monkeypatch.setattr(loaded.jobs, "pump", pump)
            raise KeyboardInterrupt

    monkeypatch.setattr(loaded.jobs, "pump", interrupted)
    with pytest.raises(KeyboardInterrupt):
        loaded.plugin.render(node)
    assert loaded.jobs.JOBS[0].state == "cancelled" and not loaded.jobs.of(node)
    node.input(0)["file"].setValue(str(tmp_path / "fine.exr"))
    (tmp_path / "fine.exr").touch()
    loaded.plugin.render(node)
    assert loaded.jobs.JOBS[1].state == "finished"


def test_a_second_preview_takes_the_place_of_the_first(nuke, into, swift, tmp_path):
    loaded = into(nuke, swift)
    node = named(nuke, tmp_path, "asks")
    for _ in range(2):
        nuke._press(node, "preview")
    assert [bool(job.over or job.id) for job in loaded.jobs.JOBS] == [True, True]
    nuke._press(node, "cancel")
    nuke._spin(idle(loaded))
    assert all(job.over for job in loaded.jobs.JOBS)
