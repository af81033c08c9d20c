"""A client without a worker behind it."""

from __future__ import annotations

from vfx_ai.client import Event


class Client:
    """A client whose worker takes everything and does nothing, until it is told to."""

    def __init__(self):
        self.asked, self.events, self.cancelled = [], [], []

    def run(self, kind, fields):
        return self._ask("run", kind, fields)

    def preview(self, fields, frame, _file, kind="inpaint", **_more):
        return self._ask("preview", kind, fields, frame)

    def ask(self, method):
        return self._ask(method)

    def cancel(self, job):
        self.cancelled.append(job)
        self.events.append(Event("failed", job, {"error": {"text": "stopped", "exit_code": 130}}))

    def poll(self):
        events, self.events = self.events, []
        return events

    def close(self):
        pass

    def _ask(self, *what):
        self.asked.append(what)
        return str(len(self.asked))
