"""What a worker's own process owes its host whatever else happens: answers, and an end to everything that was asked."""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections import defaultdict
from types import SimpleNamespace

import pytest
from workers import PATIENCE, job, stand_in

from vfx_ai.cli.worker import _Ended
from vfx_ai.worker import line_up, server


class Spoken:
    """A server within this process, and what it says."""

    def __init__(self):
        source, target = os.pipe()
        self._target, self.heard = target, queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(source,))
        self._reader.start()
        self.server = server.Server(target, lambda: None)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.server.close()
        os.close(self._target)
        self._reader.join(PATIENCE)

    def ask(self, method, number, **params):
        self.server.take(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())

    def until(self, right):
        end = time.monotonic() + PATIENCE
        while not right(message := self.heard.get(timeout=max(0.01, end - time.monotonic()))):
            pass
        return message

    def _read(self, source):
        with os.fdopen(source, "rb") as lines:
            for line in lines:
                self.heard.put(json.loads(line))


def answer_to(number):
    return lambda message: message.get("id") == number and "method" not in message


def test_models_on_a_slow_disk_keep_no_other_answer_waiting(monkeypatch):
    begun, may_end = threading.Event(), threading.Event()

    def slow(devices, fault=""):
        begun.set()
        assert may_end.wait(PATIENCE)
        return {"devices": devices, "fault": fault}

    monkeypatch.setattr(server, "described", slow)
    with Spoken() as spoken:
        asked = []
        monkeypatch.setattr(spoken.server._line_up, "add", lambda kind, _fields, told: asked.append((kind, told)))
        spoken.ask("describe", 1)
        ((kind, told),) = asked
        assert kind == "devices"
        told({"devices": ["cpu"]}, None)  # as the line-up does, with its lock held
        assert begun.wait(PATIENCE)
        spoken.ask("describe", 2)  # the devices are known by now
        spoken.ask("status", 3)
        message = spoken.until(lambda message: "id" in message)
        assert message["id"] == 3
        may_end.set()
        for number in (1, 2):
            assert spoken.until(answer_to(number))["result"] == {"devices": ["cpu"], "fault": ""}


def test_a_signal_that_comes_in_the_middle_of_a_line_is_no_fault_of_that_line(monkeypatch):
    def ended(_line_up):
        raise _Ended

    monkeypatch.setattr(line_up.LineUp, "status", ended)
    with Spoken() as spoken, pytest.raises(_Ended):
        spoken.ask("status", 1)


class Hand:
    """A process that hears nothing and isn't gone when it was killed: a driver holds it."""

    pid = 1

    def __init__(self, waited):
        self._waited = waited

    def send(self, _message):
        pass

    def kill(self):
        pass

    def leave(self):
        pass

    def join(self, seconds):
        self._waited.append(seconds)
        return False


def test_a_cancel_waits_less_than_a_second_whatever_holds_the_process(monkeypatch, tmp_path):
    told, waited, timers = [], [], []

    class Timer:
        """A timer that is wound up, and runs down when the test says so."""

        def __init__(self, seconds, does, words):
            waited.append(seconds)
            timers.append(lambda: does(*words))

        def start(self):
            pass

    monkeypatch.setattr(line_up, "HandProcess", lambda _heard, _ended: Hand(waited))
    monkeypatch.setattr(line_up, "threading", SimpleNamespace(**{**vars(threading), "Timer": Timer}))
    lined = line_up.LineUp(lambda method, params: told.append((method, params)), lambda: False)
    try:
        lined.add("inpaint", job(tmp_path, "deaf"))
        assert lined.stop() == ["1"] and "failed" not in dict(told)
        timers[0]()
        assert dict(told)["failed"]["error"]["exit_code"] == 130
        assert len(waited) == 2 and sum(waited) < 1
    finally:
        lined.close()


def test_progress_is_told_more_than_twice_a_second(monkeypatch, tmp_path):
    """By the pauses between two messages, whatever else the machine does."""
    told, enough = [], threading.Event()
    paused = defaultdict(list)  # by thread: one of a line-up that was closed may still take its last pause
    sleep = time.sleep

    def pause(seconds):
        paused[threading.current_thread()].append(seconds)
        sleep(0.001)

    def tell(method, _params):
        told.append((method, threading.current_thread(), len(paused[threading.current_thread()])))
        if len(told) == 20:
            enough.set()

    monkeypatch.setattr(line_up, "HandProcess", lambda _heard, _ended: Hand([]))
    monkeypatch.setattr(line_up, "time", SimpleNamespace(sleep=pause, monotonic=time.monotonic))
    lined = line_up.LineUp(tell, lambda: False)
    try:
        lined.add("inpaint", job(tmp_path, "deaf"))
        assert enough.wait(PATIENCE)
        assert {method for method, _, _ in told[:20]} == {"progress"}
        ((_, teller, _), *_) = told
        assert [(thread, pauses) for _, thread, pauses in told[:20]] == [(teller, pause) for pause in range(1, 21)]
        assert max(paused[teller]) < 0.5
    finally:
        lined.close()


def test_a_machine_whose_models_cannot_be_described_says_so(monkeypatch):
    def broken(_devices, _fault=""):
        raise ZeroDivisionError("no such disk")

    monkeypatch.setattr(server, "described", broken)
    with Spoken() as spoken:
        spoken.server._devices = []
        for number in (1, 2):  # the thread goes on
            spoken.ask("describe", number)
            error = spoken.until(answer_to(number))["error"]
            assert error["code"] == -32603 and "no such disk" in error["message"]


def test_a_fault_of_ours_while_it_listens_ends_the_task_instead_of_leaving_it(monkeypatch, tmp_path):
    for name, value in stand_in(tmp_path).items():
        monkeypatch.setenv(name, value)
    told, over = [], threading.Event()

    def tell(method, params):
        told.append((method, params))
        if method in ("finished", "failed"):
            over.set()

    lined = line_up.LineUp(tell, lambda: False)
    follow = line_up.Task.follow

    def broken(_task, _event):
        raise ZeroDivisionError("can't follow")

    try:
        monkeypatch.setattr(line_up.Task, "follow", broken)
        asked = job(tmp_path, "fine")
        lined.add("inpaint", asked)
        assert over.wait(PATIENCE)
        method, params = told[-1]
        assert method == "failed" and params["error"]["exit_code"] == 70
        assert "can't follow" in params["error"]["log"][-1]
        monkeypatch.setattr(line_up.Task, "follow", follow)
        over.clear()
        lined.add("inpaint", asked)  # by another process
        assert over.wait(PATIENCE) and told[-1][0] == "finished"
    finally:
        lined.close()
