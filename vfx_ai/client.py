"""How a host starts a worker, gives it jobs and follows them. Standard library alone, for Python 3.9 and newer.

A host can load this one file by its path, without the package around it:

    client = Client()                       # its command is read from worker.json beside this file
    job = client.run("inpaint", {"plate": ..., "matte": ..., "output": ...})
    for event in client.poll():             # from a timer; never waits
        print(event.kind, event.job, event.data)
    client.close()

Only `wait` and `close` wait for the worker. One that dies fails the jobs that it had, with the last lines of its log;
the next job starts a new one. docs/worker.md tells the whole of it.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Callable, NamedTuple  # noqa: UP035 - as Python 3.9 has it

VERSION = "0.1.0"  # of the vfx-ai that this file is of
PROTOCOL = 1  # that is spoken here
SCHEMA = 1  # of jobs
CONFIG = "worker.json"  # beside this file, written by `vfx-ai install`
LONGEST = 2**20  # bytes of a line that a worker reads
LONGEST_HEARD = 2**26  # bytes of a line from it; a result may be long
LAST_LINES, WIDEST = 20, 2000  # of the worker's log, told when it dies; letters of each
HELLO_SECONDS = 60.0  # a worker that hasn't said a word by then is given up
CLOSE_SECONDS = 2.0  # for each way of ending it
LOG_SECONDS = 3.0  # for the last lines of its log, once it has ended
FAULT, STOPPED = 70, 130  # exit codes: of a fault, and of what was stopped on purpose

# What the host's own Python was told must not reach the worker's.
NOT_INHERITED = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")
# A folder that the host happens to be in may hold a file of any name; none of them is a module of the worker's.
GIVEN = {"PYTHONSAFEPATH": "1"}
# Fields that are paths, of whatever is asked.
PATHS = (
    *("plate", "matte", "output", "painted", "camera", "sam_weights", "file", "like", "mask", "policy", "models_dir"),
    *("script", "catalogue", "panels", "font", "reference", "image"),
)
LISTED = ("painted",)  # of these, paths with commas between them
# The same of what comes back, wherever in it they stand. All other texts are words, also those that begin with a slash.
FOUND = (
    *("result", "output", "report", "report.json", "sidecar", "file", "maps", "folder", "sam"),
    *("page", "pdf", "timeline", "movie", "panel", "left"),
)
SHORTEN = "Say it in fewer words, at most a million letters in all."
# By which a worker says that it doesn't know something: a field, a kind of job, a method or a method's parameter.
UNKNOWN = re.compile(r"(unknown field|\bkind is|no method|no parameter) '(\w+)'")
REINSTALL = "Run `vfx-ai install` again, with the Python that has the worker."
FOLLOW = "Update vfx-ai where the worker runs, and run `vfx-ai install` again."
MEND = "Mend that file, or delete it and run `vfx-ai install` again; a backslash is written twice in it."
CHECK = "Check the command, or run `vfx-ai install` again with the Python that has vfx-ai."

Message = dict[str, Any]


class Event(NamedTuple):
    """What happened to a job.

    Attributes:
        kind: "progress" (data: state, stage, text, done, total, frame, frames, seconds, seconds_left), "log" (level,
            text, frame), "finished" (result) or "failed" (error: kind, message, file, frame, remedy, text, exit_code,
            and log if a process died). "worker" is about none: data has state, "ready" or "ended", and text.
        job: what `Client.run` gave; None: of no job.
        data: see `kind`.
    """

    kind: str
    job: str | None
    data: dict[str, Any]


class Client:
    """A worker, started when it is first needed.

    Args:
        command: the words of its command; None: as worker.json has it, else this Python's vfx_ai. What is asked of one
            whose worker.json can't be followed fails, and says why.
        paths: (prefix here, prefix there) where the worker knows files by other paths; None: as worker.json has them.
        environment: variables for the worker beside the host's; None takes one away.
    """

    def __init__(
        self,
        command: list[str] | None = None,
        paths: list[tuple[str, str]] | None = None,
        environment: dict[str, str | None] | None = None,
    ) -> None:
        config, self._misread = (read_config(), misread()) if command is None or paths is None else ({}, "")
        self.command = list(command or config.get("command") or [_python(), "-m", "vfx_ai", "worker"])
        self.paths = [(str(a), str(b)) for a, b in (config.get("paths", []) if paths is None else paths)]
        self._environment = environment or {}
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._names = itertools.count(1)
        self._open: dict[str, _Asked] = {}
        self._worker: _Worker | None = None
        self._given_up: list[_Worker] = []
        self._closed = False
        atexit.register(self.close)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    # Asking. Each gives the name by which events know what was asked.

    def run(self, kind: str, job: dict[str, Any]) -> str:
        """Put a job in line: its kind, as "inpaint" or "plate_loop", and its fields; the schema's number is added."""
        return self._ask("run", {"kind": kind, "job": self._outgoing({"schema": SCHEMA, **job})})

    def preview(self, job: dict[str, Any], frame: int, file: str, kind: str = "inpaint", **more: int) -> str:
        """One frame of a job, small, written to a file; its kind as for `run`, `more` is width and reach."""
        job = self._outgoing({"schema": SCHEMA, **job})
        kinds = {} if kind == "inpaint" else {"kind": kind}  # a worker of an older state has that one alone
        return self._ask("preview", {"job": job, "frame": frame, "file": self.there(file), **kinds, **more})

    def plan(self, job: dict[str, Any]) -> str:
        """What an inpaint job would do and cost."""
        return self._ask("plan", {"job": self._outgoing({"schema": SCHEMA, **job})})

    def ask(self, method: str, **params: Any) -> str:
        """Any other method: describe, doctor, names, status."""
        return self._ask(method, self._outgoing(params))

    def cancel(self, job: str | None = None) -> None:
        """Cancel a job of `run` or `preview`, or all that was asked; it ends as failed, with the exit code STOPPED."""
        with self._lock:
            if self._worker is None:
                return
            if job is None:
                self._worker.send({"jsonrpc": "2.0", "method": "cancel", "params": {}})
            elif job in self._open and self._open[job].there:
                params = {"job": self._open[job].there}
                self._worker.send({"jsonrpc": "2.0", "method": "cancel", "params": params})
            elif job in self._open:
                self._open[job].cancelled = True  # once the worker has said by which name it knows it

    # Following.

    def poll(self, most: int = 100) -> list[Event]:
        """The events since it was last asked, at most so many; never waits."""
        found: list[Event] = []
        with suppress(queue.Empty):
            while len(found) < most:
                found.append(self._events.get_nowait())
        return found

    def wait(
        self, job: str, seconds: float | None = None, show: Callable[[Event], object] = lambda _event: None
    ) -> Event | None:
        """Wait until a job is over, and give its last event; None if that takes longer than `seconds`.

        Args:
            job: its name.
            seconds: None: as long as it takes.
            show: is given all other events, also those of other jobs.
        """
        until = time.monotonic() + (1e9 if seconds is None else seconds)
        while (left := until - time.monotonic()) > 0:
            with suppress(queue.Empty):
                event = self._events.get(timeout=min(left, 1.0))
                if event.job == job and event.kind in ("finished", "failed"):
                    return event
                show(event)
        return None

    @property
    def busy(self) -> list[str]:
        """The names of what is not over."""
        with self._lock:
            return list(self._open)

    @property
    def pid(self) -> int | None:
        """The process of the worker, or of the command that reaches it; None if there is none."""
        with self._lock:
            return self._worker.process.pid if self._worker else None

    def log(self) -> list[str]:
        """The last lines of the worker's log."""
        with self._lock:
            return list(self._worker.last) if self._worker else []

    def close(self) -> None:
        """End the worker and what it does, and wait for its end, a few seconds at most; finished frames stay."""
        with self._lock:
            workers, self._worker, self._closed = [*self._given_up, self._worker], None, True
            self._fail_all(_error("Interrupted", "stopped; finished frames are kept", code=STOPPED))
        atexit.unregister(self.close)
        for worker in workers:
            if worker is not None:
                worker.end()

    # Paths.

    def there(self, path: str | os.PathLike[str]) -> str:
        """A path of this machine as the worker knows it."""
        return mapped(os.fspath(path), self.paths)

    def here(self, path: str) -> str:
        """A path of the worker's machine as this one knows it."""
        return mapped(path, [(there, here) for here, there in self.paths])

    def _outgoing(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {name: self._mapped(name, value) if name in PATHS and value else value for name, value in asked.items()}

    def _mapped(self, name: str, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [self.there(one) for one in value]
        return ",".join(map(self.there, value.split(","))) if name in LISTED else self.there(value)

    def _incoming(self, value: Any, name: str = "") -> Any:
        """What the worker said, with paths as this machine knows them; `name` is of the field that holds it."""
        if isinstance(value, str):
            return self.here(value) if name in FOUND else value
        if isinstance(value, dict):
            return {key: self._incoming(one, key) for key, one in value.items()}
        return [self._incoming(one, name) for one in value] if isinstance(value, list) else value

    def _error_here(self, error: dict[str, Any]) -> dict[str, Any]:
        """An error of the worker; the file that it is about is named in its sentence, too."""
        found: dict[str, Any] = self._incoming(error)
        there = error.get("file")
        if there and found.get("text"):
            found["text"] = str(found["text"]).replace(str(there), str(found["file"]))
        return found

    # The worker. What it says comes from its threads.

    def _ask(self, method: str, params: dict[str, Any]) -> str:
        with self._lock:
            if self._closed:
                raise RuntimeError("this client is closed")
            name = str(next(self._names))
            message = {"jsonrpc": "2.0", "id": name, "method": method, "params": params}
            size = len(json.dumps(message, allow_nan=False))  # what JSON can't hold is the caller's fault, told here
            self._open[name] = _Asked(method)
            if self._misread:
                self._over(name, "failed", {"error": _error("WorkerError", self._misread, MEND)})
                return name
            if size >= LONGEST:  # a worker skips such a line, and doesn't know whose it was
                self._over(name, "failed", {"error": _error("JobError", "the job is too long to be sent", SHORTEN)})
                return name
            try:
                if self._worker is None:
                    self._worker = _Worker(self.command, self._variables(), self._heard, self._ended)
                self._worker.send(message)
            except (OSError, ValueError) as error:
                text = f"the worker can't be started by {' '.join(self.command)!r}: {error}"
                self._over(name, "failed", {"error": _error("WorkerError", text, CHECK)})
            return name

    def _variables(self) -> dict[str, str]:
        host = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return {name: value for name, value in {**host, **GIVEN, **self._environment}.items() if value is not None}

    def _heard(self, worker: _Worker, message: Message) -> None:
        with self._lock:
            if worker is not self._worker:
                return
            if "method" in message:
                self._noticed(worker, message["method"], message.get("params", {}))
            elif message.get("id") in self._open:
                self._answered(message["id"], message)
            elif "error" in message and message.get("id") is None:
                self._unread(message["error"])

    def _noticed(self, worker: _Worker, method: str, params: dict[str, Any]) -> None:
        if method == "hello":
            fault = mismatch(params)
            if fault:
                self._give_up(worker, _error("WorkerError", fault))
            else:
                worker.hello = params
                worker.welcome.set()
                told = {**params, "state": "ready", "text": f"vfx-ai {params.get('version', '?')}"}
                self._events.put(Event("worker", None, told))
            return
        name = next((name for name, one in self._open.items() if one.there == params.get("job")), None)
        if name is None or method not in ("progress", "log", "finished", "failed"):
            return
        data = self._incoming({key: value for key, value in params.items() if key != "job"})
        if method == "failed":
            data["error"] = self._error_here(params["error"])
        if method in ("finished", "failed"):
            self._over(name, method, data)
        else:
            self._events.put(Event(method, name, data))

    def _answered(self, name: str, message: Message) -> None:
        one = self._open[name]
        if "error" in message:
            told = message["error"]
            error = {**_error("WorkerError", told.get("message", "")), **self._error_here(told.get("data") or {})}
            hello = self._worker.hello if self._worker else {}
            self._over(name, "failed", {"error": {**error, **unknown(told.get("message", ""), hello)}})
        elif one.method in ("run", "preview"):
            one.there = message["result"]["job"]
            if one.cancelled:
                self.cancel(name)
        else:
            self._over(name, "finished", {"result": self._incoming(message["result"])})

    def _unread(self, told: dict[str, Any]) -> None:
        """The worker could read a line that little that it doesn't know whose it was: nobody waits for its answer."""
        for name in [name for name, one in self._open.items() if not one.there]:
            self._over(name, "failed", {"error": _error("WorkerError", f"a line wasn't understood: {told['message']}")})

    def _ended(self, worker: _Worker, code: int, last: list[str], silent: bool, fault: str) -> None:
        with self._lock:
            if worker is not self._worker:
                return
            how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
            text, remedy = f"the worker {how}", "The next job starts a new one, and goes on where the last one ended."
            if silent:
                text, remedy = f"the command {' '.join(self.command)!r} {how} before it said a word", CHECK
            if fault:
                text, remedy = f"the worker said what can't be followed, and was ended: {fault}", FOLLOW
            self._give_up(worker, {**_error("WorkerError", text, remedy), "log": last})

    def _give_up(self, worker: _Worker, error: dict[str, Any]) -> None:
        self._worker = None
        self._events.put(Event("worker", None, {"state": "ended", "text": error["text"], "error": error}))
        self._fail_all(error)
        self._given_up = [*(one for one in self._given_up if one.process.poll() is None), worker]
        worker.drop()

    def _fail_all(self, error: dict[str, Any]) -> None:
        for name in list(self._open):
            self._over(name, "failed", {"error": dict(error)})

    def _over(self, name: str, kind: str, data: dict[str, Any]) -> None:
        del self._open[name]
        self._events.put(Event(kind, name, data))


class _Asked:
    """Something that was asked and isn't over: the method, the worker's own name of it, and whether to cancel it."""

    def __init__(self, method: str) -> None:
        self.method, self.there, self.cancelled = method, "", False


class _Worker:
    """A worker's process, and three threads: one writes, one reads what it says, one its log."""

    def __init__(
        self,
        command: list[str],
        variables: dict[str, str],
        heard: Callable[[_Worker, Message], None],
        ended: Callable[[_Worker, int, list[str], bool, str], None],
    ) -> None:
        # No window there; and a Ctrl-C in the host's terminal is the host's alone.
        apart: dict[str, Any] = (
            {"creationflags": 0x08000000} if sys.platform == "win32" else {"start_new_session": True}
        )
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=variables, **apart)
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self.welcome = threading.Event()  # it has said that it understands
        self.hello: Message = {}  # what it said then
        self._heard, self._ended = heard, ended
        self._out: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=do, daemon=True) for do in (self._log, self._write, self._read)]
        for thread in self._threads:
            thread.start()

    def send(self, message: Message) -> None:
        """Write it as soon as the worker has said that it understands."""
        self._out.put(message)

    def drop(self) -> None:
        """End it at once, and don't wait."""
        with suppress(OSError):
            self.process.kill()
        self._out.put(None)
        self.welcome.set()

    def end(self) -> None:
        """End it, by the end of what it reads or else by force, and wait until it is gone."""
        self._out.put(None)
        self.welcome.set()
        for harder in (self.process.terminate, self.process.kill, None):
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(CLOSE_SECONDS)
                break
            if harder is not None:
                harder()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(1)

    def _write(self) -> None:
        if not self.welcome.wait(HELLO_SECONDS):
            self.last.append(f"it said nothing for {HELLO_SECONDS:g} seconds")
            self.process.kill()
        # It may be gone already, which the reading thread tells.
        with suppress(OSError, ValueError), _there(self.process.stdin) as pipe:
            while (message := self._out.get()) is not None:
                pipe.write(json.dumps(message).encode("ascii") + b"\n")
                pipe.flush()

    def _read(self) -> None:
        silent, fault = True, ""
        with _there(self.process.stdout) as pipe:
            while not fault and (line := pipe.readline(LONGEST_HEARD)):
                message: Any = None
                with suppress(ValueError, RecursionError):
                    message = json.loads(line.decode("utf-8"))
                if isinstance(message, dict) and message.get("jsonrpc") == "2.0":
                    silent = False
                    fault = self._fault(message)
                else:  # a shell's greeting, for one
                    self._note(line)
        if fault:  # who isn't followed any more would be waited for without end
            self.process.kill()
        try:  # one that says nothing any more will never say what became of its jobs
            code = self.process.wait(CLOSE_SECONDS + LOG_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._threads[0].join(LOG_SECONDS)
        self._out.put(None)
        self.welcome.set()
        self._ended(self, code, list(self.last), silent, fault)

    def _fault(self, message: Message) -> str:
        """Follow what it said; why that can't be done, if it can't."""
        try:
            self._heard(self, message)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def _log(self) -> None:
        with _there(self.process.stderr) as pipe:
            while line := pipe.readline(LONGEST_HEARD):
                self._note(line)

    def _note(self, line: bytes) -> None:
        self.last.append(line[:WIDEST].decode("utf-8", "replace").rstrip())


def read_config(file: str | None = None) -> dict[str, Any]:
    """What `vfx-ai install` wrote down, {"command": [...], "paths": [[here, there], ...]}; else empty."""
    return _config(file)[0]


def misread(file: str | None = None) -> str:
    """Why what was written down, or what somebody made of it, can't be followed; empty if it can, or isn't there."""
    return _config(file)[1]


def _config(file: str | None) -> tuple[dict[str, Any], str]:
    path = Path(file) if file else Path(__file__).parent / CONFIG
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8-sig"))  # editors of Windows write a mark at its begin
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError, RecursionError) as error:
        return {}, f"{path} can't be read: {error}"
    if not isinstance(found, dict):
        return {}, f"{path} holds no object"
    if not _are_texts(found.get("command", [])):
        return {}, f"{path}: command is no list of words"
    pairs = found.get("paths", [])
    if not (isinstance(pairs, list) and all(_are_texts(pair) and len(pair) == 2 for pair in pairs)):
        return {}, f"{path}: paths is no list of pairs, as [[here, there], [here, there]]"
    return found, ""


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def mismatch(hello: dict[str, Any]) -> str:
    """Why this client can't work with a worker, by what that said first; empty if it can."""
    protocols, schema = hello.get("protocols") or [0], hello.get("schema", 0)
    if PROTOCOL not in protocols:
        what, mine, its = "protocol", PROTOCOL, max(protocols)
    elif schema != SCHEMA:
        what, mine, its = "schema", SCHEMA, schema
    else:
        return ""
    both = f"the worker, vfx-ai {hello.get('version', '?')}, has {what} {its}, and this plugin {what} {mine}"
    if its > mine:
        return f"{both}: the plugin is older. {REINSTALL}"
    return f"{both}: the worker is older. Update vfx-ai where it runs."


def unknown(message: str, hello: dict[str, Any]) -> dict[str, Any]:
    """What more is told of an error by which a worker doesn't know what was asked: which side is older, and what to do.

    Args:
        message: the error's.
        hello: what the worker said first.

    Returns:
        message, remedy, text, and as "unknown" the name; empty where the error is about something else.
    """
    found = UNKNOWN.search(message)
    if found is None:
        return {}
    what, name = found[1].replace("unknown ", "").replace(" is", "").replace("no ", ""), found[2]
    its = str(hello.get("version", "?"))
    told = f"the worker, vfx-ai {its}, knows no {what} {name!r}, for which this plugin, of vfx-ai {VERSION}, asks"
    if _parts(its) > _parts(VERSION):
        told, remedy = f"{told}: the plugin is older", REINSTALL
    else:
        how = "is older" if _parts(its) < _parts(VERSION) else f"is of an older state, or there is no such {what}"
        told, remedy = f"{told}: the worker {how}", "Update vfx-ai where the worker runs, or do without that."
    return {"message": told, "remedy": remedy, "text": f"{told}. {remedy}", "unknown": name}


def _parts(version: str) -> list[int]:
    """A version's numbers, as far as they go: 0.10.2.dev1 is [0, 10, 2]."""
    return [int(part) for part in re.match(r"(?:\d+\.?)*", version)[0].split(".") if part]  # type: ignore[index]


def mapped(path: str, pairs: list[tuple[str, str]]) -> str:
    """A path with its prefix replaced.

    Args:
        path: any text; where no prefix fits it comes back as it is.
        pairs: (prefix, what stands in its place); the longest that fits counts, and it fits whole names alone. A prefix
            with a drive or two backslashes is Windows': upper case and the kind of slash don't matter there.
    """
    fitting = [(prefix, other) for prefix, other in pairs if _rest(path, prefix) is not None]
    if not fitting:
        return path
    prefix, other = max(fitting, key=lambda pair: len(_bare(pair[0])))
    rest = _rest(path, prefix) or ""
    if _of_windows(prefix):
        rest = rest.replace("\\", "/")
    if "\\" in other:
        rest = rest.replace("/", "\\")
    return _bare(other) + rest if rest else other


def _rest(path: str, prefix: str) -> str | None:
    """What follows a prefix, from the slash on; None if it doesn't fit."""
    windows, length = _of_windows(prefix), len(_bare(prefix))
    begins, rest = path[:length], path[length:]
    if windows:
        begins = begins.replace("\\", "/").lower()
    wanted = _bare(prefix).replace("\\", "/").lower() if windows else _bare(prefix)
    slash = not rest or rest[0] == "/" or (windows and rest[0] == "\\")
    return rest if prefix and begins == wanted and slash else None


def _bare(prefix: str) -> str:
    return prefix.rstrip("/\\" if _of_windows(prefix) else "/")


def _of_windows(prefix: str) -> bool:
    return re.match(r"[A-Za-z]:|\\\\", prefix) is not None


def _python() -> str:
    """This Python; of a host that has it within, the one on the PATH."""
    return sys.executable if "python" in Path(sys.executable or "").name.lower() else "python3"


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _error(kind: str, message: str, remedy: str = "", code: int = FAULT) -> dict[str, Any]:
    text = f"{message}. {remedy}" if remedy else message
    return {
        **{"kind": kind, "message": message, "file": None, "frame": None},
        **{"remedy": remedy, "text": text, "exit_code": code},
    }
