"""What a worker's own process owes its host whatever else happens: answers, and an end to everything that was asked."""

from __future__ import annotations

import json
import os
import queue
import threading
import time

from workers import job, stand_in

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
        self._reader.join(10)

    def ask(self, method, number, **params):
        self.server.take(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())

    def until(self, right):
        end = time.monotonic() + 20
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
        assert may_end.wait(20)
        return {"devices": devices, "fault": fault}

    monkeypatch.setattr(server, "described", slow)
    with Spoken() as spoken:
        asked = []
        monkeypatch.setattr(spoken.server._line_up, "add", lambda kind, _fields, told: asked.append((kind, told)))
        spoken.ask("describe", 1)
        ((kind, told),) = asked
        assert kind == "devices"
        told({"devices": ["cpu"]}, None)  # as the line-up does, with its lock held
        assert begun.wait(20)
        spoken.ask("describe", 2)  # the devices are known by now
        spoken.ask("status", 3)
        message = spoken.until(lambda message: "id" in message)
        assert message["id"] == 3
        may_end.set()
        for number in (1, 2):
            assert spoken.until(answer_to(number))["result"] == {"devices": ["cpu"], "fault": ""}


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
        assert over.wait(30)
        method, params = told[-1]
        assert method == "failed" and params["error"]["exit_code"] == 70
        assert "can't follow" in params["error"]["log"][-1]
        monkeypatch.setattr(line_up.Task, "follow", follow)
        over.clear()
        lined.add("inpaint", asked)  # by another process
        assert over.wait(30) and told[-1][0] == "finished"
    finally:
        lined.close()
