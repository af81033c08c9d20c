"""The process that a host talks to: it loads nothing heavy, always answers, and has others do the work."""

from __future__ import annotations

import os
import platform
import queue
import threading
from collections.abc import Callable
from typing import Any

import vfx_ai
from vfx_ai.errors import VfxAiError
from vfx_ai.job import SCHEMA
from vfx_ai.worker.describe import PROTOCOLS, described
from vfx_ai.worker.kinds import KINDS, RUNNABLE, read
from vfx_ai.worker.line_up import STOP_SECONDS, LineUp
from vfx_ai.worker.lines import LineWriter
from vfx_ai.worker.rpc import (
    FAILED,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Request,
    RpcError,
    answer,
    failure,
    notice,
    parse,
    refusal,
)
from vfx_ai.worker.tasks import Task


class Server:
    """What a worker does with each line, and what it tells.

    Args:
        target: file descriptor that lines are written to.
        gone: called, from another thread, when nobody reads them any more.
    """

    def __init__(self, target: int, gone: Callable[[], None]) -> None:
        self._out = LineWriter(target, gone)
        hello = {"protocols": list(PROTOCOLS), "schema": SCHEMA, "version": vfx_ai.__version__}
        self._tell("hello", {**hello, "pid": os.getpid(), "machine": platform.node()})
        self._line_up = LineUp(self._tell, lambda: self._out.crowded)
        self._devices: list[dict[str, Any]] | None = None
        self._describing: queue.SimpleQueue[tuple[Request, str]] = queue.SimpleQueue()
        threading.Thread(target=self._describe_in_turn, daemon=True, name="describing").start()
        self._over = False
        self._methods: dict[str, Callable[[Request], None]] = {
            "describe": self._describe,
            "run": self._run,
            "cancel": self._cancel,
            "status": self._status,
            "shutdown": self._shutdown,
            **{name: self._by_its_kind for name, kind in KINDS.items() if kind.how in ("job", "ask")},
        }

    def take(self, line: bytes | None) -> bool:
        """Do what a line asks; whether more lines are wanted."""
        if line is not None and not line.strip():
            return True
        request = Request("", silent=False)
        try:
            request = parse(line)
            if request.method not in self._methods:
                known = ", ".join(sorted(self._methods))
                raise RpcError(METHOD_NOT_FOUND, f"there is no method {request.method!r}; there are {known}")
            self._methods[request.method](request)
        except RpcError as error:
            self._refuse(request, error)
        except VfxAiError as error:
            self._refuse(request, RpcError(INVALID_PARAMS, str(error), data=failure(error)))
        except Exception as error:  # it must not end what other jobs need
            self._refuse(request, _our_fault(error))
        return not self._over

    def close(self) -> None:
        """Cancel what is under way, end all processes and write what is still to be told, within about two seconds."""
        self._line_up.close()
        self._out.close(STOP_SECONDS)

    def _tell(self, method: str, params: dict[str, Any]) -> None:
        self._out.send(notice(method, params))

    def _answer(self, request: Request, result: dict[str, Any] | None, error: dict[str, Any] | None = None) -> None:
        if error is not None:
            self._refuse(request, RpcError(FAILED, error["text"], data=error))
        elif not request.silent:
            self._out.send(answer(request.id, result))

    def _refuse(self, request: Request, error: RpcError) -> None:
        if error.request is None:
            error.request = request.id
        if not request.silent:
            self._out.send(refusal(error))

    def _describe(self, request: Request) -> None:
        _only(request)
        if self._devices is not None:
            self._describing.put((request, ""))
            return

        def told(result: dict[str, Any] | None, error: dict[str, Any] | None) -> None:
            # Of a machine whose devices can't be asked the rest is still worth knowing.
            self._devices = result["devices"] if result is not None else None
            self._describing.put((request, error["text"] if error is not None else ""))

        self._line_up.add("devices", {}, told)

    def _describe_in_turn(self) -> None:
        """A thread: models may lie on a slow disk, and nothing else must wait for it."""
        while True:
            request, fault = self._describing.get()
            try:
                self._answer(request, described(self._devices or [], fault))
            except Exception as error:
                self._refuse(request, _our_fault(error))

    def _run(self, request: Request) -> None:
        _only(request, "kind", "job")
        kind = request.params.get("kind")
        if not isinstance(kind, str) or kind not in RUNNABLE:
            raise RpcError(INVALID_PARAMS, f"kind is {kind!r}; there are {', '.join(RUNNABLE)}")
        asked = request.params.get("job")
        read(KINDS[kind].made, asked, versioned=True)
        self._start(request, kind, asked)

    def _by_its_kind(self, request: Request) -> None:
        kind, asked = request.method, request.params
        if KINDS[kind].versioned:
            _only(request, "job")
            asked = request.params.get("job", {})
        read(KINDS[kind].made, asked, versioned=KINDS[kind].versioned)
        if KINDS[kind].how == "ask":
            self._line_up.add(kind, asked, lambda result, error: self._answer(request, result, error))
        else:
            self._start(request, kind, asked)

    def _start(self, request: Request, kind: str, asked: Any) -> None:
        def accepted(task: Task, ahead: int) -> None:
            self._answer(request, {"job": task.id, "ahead": ahead})

        self._line_up.add(kind, asked, accepted=accepted)

    def _cancel(self, request: Request) -> None:
        _only(request, "job")
        name = request.params.get("job")
        try:
            self._answer(request, {"cancelled": self._line_up.stop(name)})
        except (KeyError, TypeError):
            raise RpcError(INVALID_PARAMS, f"there is no job {name!r}") from None

    def _status(self, request: Request) -> None:
        _only(request)
        self._answer(request, {"pid": os.getpid(), **self._line_up.status()})

    def _shutdown(self, request: Request) -> None:
        _only(request)
        self._over = True
        self._answer(request, {})


def _our_fault(error: Exception) -> RpcError:
    return RpcError(INTERNAL_ERROR, f"this is a fault of vfx-ai: {type(error).__name__}: {error}")


def _only(request: Request, *names: str) -> None:
    """Refuse parameters that a method doesn't have."""
    for name in request.params:
        if name not in names:
            raise RpcError(INVALID_PARAMS, f"{request.method} has no parameter {name!r}")
