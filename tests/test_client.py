"""The client as a host uses it: loaded by its path, never waiting, and told clearly whatever goes wrong."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import psutil
import pytest
from workers import COMMAND, PATIENCE, ROOT, children, gone, job, stand_in

from vfx_ai.client import LAST_LINES, PROTOCOL, SCHEMA, VERSION, Client, mapped, mismatch, misread, read_config

FILE = ROOT / "vfx_ai" / "client.py"
BY_PATH = ("client", "errors", "checks", "typed", "job")  # files that a host can load by their paths; two with job
THREADS = ("_read", "_log", "_write")  # of a client, as Python calls them: Thread-1 (_read)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@pytest.fixture
def client(tmp_path):
    with Client(COMMAND, [], stand_in(tmp_path)) as made:
        yield made
    assert_nothing_is_left()


def assert_nothing_is_left():
    def left():
        ours = [one.name for one in threading.enumerate() if any(f"({do})" in one.name for do in THREADS)]
        return [*children(), *ours]

    until = time.monotonic() + PATIENCE
    while left() and time.monotonic() < until:
        time.sleep(0.02)
    assert not left()


def plain(folder, what, **fields):
    """A job as a host writes it, without the schema's number."""
    return {name: value for name, value in job(folder, what, **fields).items() if name != "schema"}


def end(client, name):
    event = client.wait(name, PATIENCE)
    assert event is not None, client.log()
    return event


def working(client, name):
    """Wait until a job is in the middle of its run."""
    until, stage = time.monotonic() + PATIENCE, ""
    while stage != "fill":
        assert time.monotonic() < until
        stage = next((event.data["stage"] for event in client.poll(1) if event.kind == "progress"), "")
        time.sleep(0.01)
    assert client.busy == [name]


# What the file itself is.


@pytest.mark.parametrize("name", BY_PATH)
def test_it_is_written_for_python_3_9(name):
    tree = ast.parse((ROOT / "vfx_ai" / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 9))
    hints = {id(part) for node in ast.walk(tree) for hint in annotations(node) for part in ast.walk(hint)}
    late = [
        n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.BitOr) and id(n) not in hints
    ]
    assert not late
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match | ast.TryStar)]


def annotations(node):
    """What of a node is never worked out when the program runs."""
    if isinstance(node, ast.FunctionDef):
        return [node.returns] if node.returns else []
    if isinstance(node, ast.arg | ast.AnnAssign):
        return [node.annotation] if node.annotation else []
    return []


def old_python():
    """A Python 3.9 of this machine, or None."""
    found = [shutil.which("python3.9"), *sorted(Path.home().glob(".pyenv/versions/3.9*/bin/python3.9"))]
    for path in found:
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(path)
    return None


LOADED = """
    import sys, time
    from importlib.util import module_from_spec, spec_from_file_location
    began = time.process_time()
    spec = spec_from_file_location("vfx_ai_client", sys.argv[1])
    client = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(client)
    print(time.process_time() - began)
    print(*sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_it_runs_a_job_from_python_3_9(tmp_path):
    python = old_python()
    if python is None:
        pytest.skip("there is no Python 3.9 here")
    code = (
        LOADED
        + """
    with client.Client(sys.argv[2].split("|"), [], {"PYTHONPATH": sys.argv[3]}) as made:
        job = made.run("inpaint", {"plate": sys.argv[4], "matte": sys.argv[4], "output": sys.argv[5]})
        print(made.wait(job, 60).data["result"]["passed"])
    """
    )
    plate = job(tmp_path, "fine")["plate"]
    words = [str(FILE), "|".join(COMMAND), stand_in(tmp_path)["PYTHONPATH"], plate, str(tmp_path / "out" / "c.exr")]
    command = [python, "-c", textwrap.dedent(code), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.stdout.splitlines()[-1:], done.stderr) == (["True"], "")


def test_it_loads_by_its_path_in_a_tenth_of_a_second_with_the_standard_library_alone(tmp_path):
    seconds = []
    for _ in range(5):
        words = [sys.executable, "-I", "-c", textwrap.dedent(LOADED), str(FILE)]
        took, names = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
        seconds.append(float(took))
        assert not set(names.split()) & {"numpy", "torch", "OpenImageIO", "OpenEXR", "cv2", "psutil", "typer", "vfx_ai"}
    assert min(seconds) < 0.1


ALL_BY_PATH = """
    import sys, types
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    def load(name):
        spec = spec_from_file_location("host_" + name, str(Path(sys.argv[1]) / (name + ".py")))
        sys.modules[spec.name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[spec.name])
        return sys.modules[spec.name]

    for other in sys.argv[3:]:  # something of the host's that has our name
        sys.modules[other] = types.ModuleType(other)
    before = dict(sys.modules)
    made = {name: load(name) for name in sys.argv[2].split(",")}
    job = made["job"].Job("p.####.exr", "m.exr", "o.####.exr", detail=0.5)
    assert made["job"].Job.from_json(job.to_json()) == job
    error = made.get("errors", made["job"]).JobError
    for wrong in (dict(device="tpu"), dict(strength=0), dict(matte="")):
        try:
            made["job"].Job(**{"plate": "p", "matte": "m", "output": "o", **wrong})
        except error as told:
            assert told.exit_code == 2
        else:
            raise AssertionError(wrong)
    assert made["job"].SCHEMA == made.get("client", made["job"]).SCHEMA
    assert {n: m for n, m in sys.modules.items() if n.startswith("vfx_ai")} == {
        n: m for n, m in before.items() if n.startswith("vfx_ai")
    }
    print(*sorted({name.split(".")[0] for name in set(sys.modules) - set(before)}))
"""


@pytest.mark.parametrize("there", [(), ("vfx_ai",)], ids=["alone", "beside another vfx_ai"])
@pytest.mark.parametrize("names", ["job", "client,errors,job"])
@pytest.mark.parametrize("python", [sys.executable, None], ids=["this", "3.9"])
def test_client_errors_and_job_load_by_their_paths_without_the_package(python, names, there, tmp_path):
    python = python or old_python()
    if python is None:
        pytest.skip("there is no Python 3.9 here")
    folder = tmp_path / "é è"  # they alone lie there
    folder.mkdir()
    for name in BY_PATH:
        shutil.copyfile(ROOT / "vfx_ai" / f"{name}.py", folder / f"{name}.py")
    command = [python, "-I", "-S", "-B", "-c", textwrap.dedent(ALL_BY_PATH), str(folder), names, *there]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    new = set(done.stdout.split())
    assert new - set(sys.stdlib_module_names) == {f"host_{name}" for name in names.split(",")}


def test_a_file_of_job_py_that_is_broken_leaves_the_hosts_modules_as_they_were(tmp_path):
    for name in BY_PATH:
        shutil.copyfile(ROOT / "vfx_ai" / f"{name}.py", tmp_path / f"{name}.py")
    (tmp_path / "typed.py").write_text("raise RuntimeError('half of it was copied')", encoding="utf-8")
    code = """
        import sys, types
        from importlib.util import module_from_spec, spec_from_file_location
        for name in ("vfx_ai", "vfx_ai.errors"):
            sys.modules[name] = types.ModuleType(name)
        sys.modules["odd"] = types.SimpleNamespace(__file__=7)
        before = dict(sys.modules)
        spec = spec_from_file_location("host_job", sys.argv[1])
        module = module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except RuntimeError as error:
            print(error)
        print({n: m for n, m in sys.modules.items() if n.startswith("vfx_ai")} == {
            n: m for n, m in before.items() if n.startswith("vfx_ai")
        })
    """
    words = [sys.executable, "-I", "-S", "-B", "-c", textwrap.dedent(code), str(tmp_path / "job.py")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.stdout.splitlines(), done.stderr) == (["half of it was copied", "True"], "")


def test_it_speaks_what_the_worker_does():
    from vfx_ai import job as jobs
    from vfx_ai.worker.describe import PROTOCOLS

    assert jobs.SCHEMA == SCHEMA
    assert PROTOCOL in PROTOCOLS


# What it does.


def test_nothing_but_wait_and_close_waits_for_a_worker():
    """It never says a word: what comes back has not waited for one."""
    with Client([sys.executable, "-c", "import sys; sys.stdin.read()"], []) as client:
        names = [client.run("inpaint", {}), client.preview({}, 1, "p.png"), client.plan({}), client.ask("status")]
        client.cancel(names[0])
        client.cancel()
        assert client.poll() == [] and client.busy == names and client.log() == []
        assert client.wait(names[0], 0.01) is None
    assert_nothing_is_left()


def test_a_job_is_followed_to_its_end(client, tmp_path):
    name = client.run("inpaint", plain(tmp_path, "slow"))
    events, until = [], time.monotonic() + PATIENCE
    while client.busy and time.monotonic() < until:
        events += client.poll()
        time.sleep(0.01)
    events += client.poll()
    assert events[0].kind == "worker" and events[0].data["state"] == "ready"
    assert {event.job for event in events[1:]} == {name}
    assert [number for event in events if event.kind == "progress" for number in event.data["frames"]] == [
        *range(1001, 1005)
    ]
    assert [event.data["text"] for event in events if event.kind == "log"] == ["a note"]
    assert events[-1].kind == "finished" and events[-1].data["result"]["passed"]


def test_a_job_that_is_wrong_fails_with_the_error_whole(client, tmp_path):
    error = end(client, client.run("inpaint", plain(tmp_path, "fine", device="tpu"))).data["error"]
    assert (error["kind"], error["exit_code"]) == ("JobError", 2)
    error = end(client, client.run("inpaint", plain(tmp_path, "fails"))).data["error"]
    assert (error["frame"], error["file"]) == (1002, str(tmp_path / "fails.exr"))
    error = end(client, client.ask("no such method")).data["error"]
    assert "no method" in error["text"]


def test_what_json_cannot_hold_is_told_to_the_caller(client, tmp_path):
    with pytest.raises(TypeError):
        client.run("inpaint", plain(tmp_path, "fine", frames=object()))
    with pytest.raises(ValueError):
        client.run("inpaint", plain(tmp_path, "fine", detail=float("nan")))
    assert client.busy == [] and client.pid is None


def test_a_job_can_be_cancelled_also_before_the_worker_knows_of_it(client, tmp_path):
    for wait, all_of_them in ((False, False), (True, False), (False, True), (True, True)):
        name = client.run("inpaint", plain(tmp_path, "deaf"))
        if wait:
            working(client, name)
        client.cancel(None if all_of_them else name)
        assert end(client, name).data["error"]["exit_code"] == 130
    assert end(client, client.run("inpaint", plain(tmp_path, "fine"))).kind == "finished"


@POSIX
def test_a_worker_that_is_killed_is_told_with_its_last_lines_and_the_next_job_starts_another(client, tmp_path):
    names = [client.run("inpaint", plain(tmp_path, what)) for what in ("fine", "deaf", "fine")]
    end(client, names[0])
    while "deaf" not in " ".join(client.log()):
        time.sleep(0.02)
    first, family = client.pid, psutil.Process(client.pid).children()
    os.kill(first, 9)
    for name in names[1:]:
        error = end(client, name).data["error"]
        assert "the worker was ended by signal 9" in error["text"]
        assert error["log"] == ["a line of the log about fine", "a line of the log about deaf"]
    assert gone(family, PATIENCE)
    assert end(client, client.run("inpaint", plain(tmp_path, "fine"))).kind == "finished"
    assert client.pid != first


def test_closing_ends_everything_and_fails_what_was_open(tmp_path):
    client = Client(COMMAND, [], stand_in(tmp_path))
    name = client.run("inpaint", plain(tmp_path, "deaf"))
    working(client, name)
    family = [psutil.Process(client.pid), *psutil.Process(client.pid).children(recursive=True)]
    client.close()
    assert gone(family, PATIENCE)
    assert_nothing_is_left()
    assert client.poll()[-1].data["error"]["kind"] == "Interrupted"
    with pytest.raises(RuntimeError, match="closed"):
        client.run("inpaint", {})
    client.close()


def test_a_host_that_ends_without_closing_leaves_nothing(tmp_path):
    code = (
        LOADED
        + """
    made = client.Client(sys.argv[2].split("|"), [], {"PYTHONPATH": sys.argv[3]})
    job = made.run("inpaint", {"plate": sys.argv[4], "matte": sys.argv[4], "output": sys.argv[5]})
    while made.wait(job, 0.1) is None and not made.log():
        pass
    print(made.pid, flush=True)
    import os; os._exit(3)
    """
    )
    plate = job(tmp_path, "deaf")["plate"]
    words = [str(FILE), "|".join(COMMAND), stand_in(tmp_path)["PYTHONPATH"], plate, str(tmp_path / "out" / "c.exr")]
    command = [sys.executable, "-c", textwrap.dedent(code), *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=PATIENCE)
    pid = int(done.stdout.split()[-1])
    assert done.returncode == 3

    def left():
        return [one for one in psutil.process_iter(["environ"]) if str(tmp_path) in str(one.info["environ"])]

    until = time.monotonic() + PATIENCE
    while (psutil.pid_exists(pid) or left()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) and not left()


def test_a_command_that_is_not_there_is_told_with_what_to_do():
    with Client(["no-such-program-at-all"], []) as client:
        error = end(client, client.run("inpaint", {})).data["error"]
    assert "no-such-program-at-all" in error["text"] and "vfx-ai install" in error["remedy"]


def test_a_command_that_ends_at_once_is_told_with_its_last_lines():
    code = (
        "import sys; print('hello from a shell'); [print('line', n, file=sys.stderr) for n in range(50)]; sys.exit(9)"
    )
    with Client([sys.executable, "-c", code], []) as client:
        error = end(client, client.ask("describe")).data["error"]
    assert "ended with code 9 before it said a word" in error["text"]
    assert len(error["log"]) == LAST_LINES and "line 49" in error["log"]


def said(hello, then=""):
    """A worker that says this at first."""
    lines = (
        "import sys; print('Welcome to box'); print(sys.argv[1], flush=True); sys.stdin.readline(); print(sys.argv[2])"
    )
    text = f'{{"jsonrpc": "2.0", "method": "hello", "params": {hello}}}'
    return [sys.executable, "-c", lines, text, then]


@pytest.mark.parametrize(
    ("hello", "says", "remedy"),
    [
        ('{"protocols": [2, 3], "schema": 1, "version": "9.0"}', "has protocol 3", "The plugin is older"),
        ('{"protocols": [1], "schema": 2, "version": "9.0"}', "has schema 2", "The plugin is older"),
        ('{"protocols": [0], "schema": 1, "version": "0.0"}', "has protocol 0", "The worker is older"),
        ('{"protocols": [1], "schema": 0, "version": "0.0"}', "has schema 0", "The worker is older"),
    ],
)
def test_another_version_is_told_both_ways_and_nothing_is_sent(hello, says, remedy):
    with Client(said(hello), []) as client:
        error = end(client, client.run("inpaint", {"plate": "p"})).data["error"]
    assert says in error["text"] and remedy.lower() in error["text"].lower()
    assert_nothing_is_left()


REFUSALS = {
    "the job has an unknown field 'strength'. Remove it.": "knows no field 'strength'",
    "kind is 'plate_loop'; there are inpaint, matte_click": "knows no kind 'plate_loop'",
    "there is no method 'preview'; there are run": "knows no method 'preview'",
    "preview has no parameter 'kind'": "knows no parameter 'kind'",
}
SIDES = {
    "0.0.9": ("the worker is older", "Update vfx-ai where the worker runs"),
    VERSION: ("is of an older state, or there is no such", "Update vfx-ai where the worker runs"),
    "10.0": ("the plugin is older", "Run `vfx-ai install` again"),
}


@pytest.mark.parametrize("version", SIDES)
@pytest.mark.parametrize("message", REFUSALS)
def test_what_a_worker_of_another_state_does_not_know_is_told_with_the_side_that_is_older(message, version):
    hello = json.dumps({"protocols": [1], "schema": 1, "version": version})
    data = {"kind": "JobError", "message": message, "exit_code": 2, "text": message, "remedy": "Remove it."}
    refusal = {"jsonrpc": "2.0", "id": "1", "error": {"code": -32602, "message": message, "data": data}}
    with Client(said(hello, json.dumps(refusal)), []) as client:
        error = end(client, client.run("inpaint", {"plate": "p", "strength": 0.5})).data["error"]
    who, remedy = SIDES[version]
    assert REFUSALS[message] in error["message"] and f"vfx-ai {version}" in error["message"]
    assert who in error["message"] and remedy in error["remedy"] and error["text"].endswith(error["remedy"])
    assert (error["exit_code"], error["unknown"]) == (2, re.search(r"'(\w+)'", message)[1])


def test_the_worker_that_is_here_says_so_of_a_field_that_it_lacks(client, tmp_path):
    error = end(client, client.run("inpaint", plain(tmp_path, "fine", magic=1))).data["error"]
    assert error["unknown"] == "magic" and "knows no field 'magic'" in error["text"] and error["exit_code"] == 2


def test_the_version_is_the_packages():
    import vfx_ai

    assert vfx_ai.__version__ == VERSION


def test_a_greeting_before_the_first_word_is_passed_over():
    answer = '{"jsonrpc": "2.0", "id": "1", "result": {"x": 1}}'
    with Client(said('{"protocols": [1, 2], "schema": 1, "version": "9"}', answer), []) as client:
        assert end(client, client.ask("status")).data["result"] == {"x": 1}


def test_a_command_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr("vfx_ai.client.HELLO_SECONDS", 0.3)
    with Client([sys.executable, "-c", "import time; time.sleep(60)"], []) as client:
        error = end(client, client.ask("status")).data["error"]
    assert "it said nothing for 0.3 seconds" in error["log"]


HELLO = {"jsonrpc": "2.0", "method": "hello", "params": {"protocols": [1], "schema": 1, "version": "9"}}
# What no worker of ours says, in words that JSON-RPC allows.
UNHEARD = {
    "an answer without a job's name": {"id": "1", "result": {}},
    "an answer that is none": {"id": "1", "result": []},
    "an error that is none": {"id": "1", "error": None},
    "an id that is none": {"id": ["1"], "result": {}},
    "parameters by place": {"method": "progress", "params": ["1"]},
    "protocols of all kinds": {"method": "hello", "params": {"protocols": [{}, "2"], "schema": 1}},
}


ANSWERED = {"id": "1", "result": {"job": "7", "ahead": 0}}


def test_an_error_about_no_request_ends_what_has_no_answer_and_nothing_else():
    """A line that a worker can't read at all: it can't say whose it was."""
    unread = {"id": None, "error": {"code": -32700, "message": "a line is not JSON"}}
    said = [json.dumps({"jsonrpc": "2.0", **one}) for one in (ANSWERED, unread)]
    code = "import sys; print(sys.argv[1], flush=True); line = sys.stdin.readline(); print(sys.argv[2], flush=True); "
    code += "sys.stdin.readline(); print(sys.argv[3], flush=True); sys.stdin.read()"
    with Client([sys.executable, "-c", code, json.dumps(HELLO), *said], []) as client:
        first, second = client.run("inpaint", {"plate": "p"}), client.ask("status")
        assert "a line is not JSON" in end(client, second).data["error"]["text"]
        assert client.busy == [first] and client.pid is not None


def test_a_worker_that_closed_its_output_and_lives_on_is_ended(monkeypatch):
    monkeypatch.setattr("vfx_ai.client.CLOSE_SECONDS", 0.1)
    monkeypatch.setattr("vfx_ai.client.LOG_SECONDS", 0.1)
    code = "import os, sys, time; print(sys.argv[1], flush=True); sys.stdin.readline(); os.close(1); time.sleep(600)"
    with Client([sys.executable, "-c", code, json.dumps(HELLO)], []) as client:
        error = end(client, client.run("inpaint", {"plate": "p"})).data["error"]
        assert error["kind"] == "WorkerError" and "the worker" in error["text"] and client.busy == []
    assert_nothing_is_left()


@pytest.mark.parametrize("message", UNHEARD.values(), ids=UNHEARD)
def test_a_worker_that_cannot_be_followed_is_ended_and_told(message, tmp_path):
    lines = [json.dumps(HELLO), json.dumps({"jsonrpc": "2.0", **message})]
    code = "import sys, time; print(sys.argv[1], flush=True); sys.stdin.readline(); print(sys.argv[2], flush=True); "
    with Client([sys.executable, "-c", code + "time.sleep(60)", *lines], []) as client:
        job = client.run("inpaint", {"plate": "p"})
        pid = client.pid
        error = end(client, job).data["error"]
        assert "can't be followed" in error["text"] and "vfx-ai install" in error["remedy"]
        assert client.busy == [] and client.pid is None
        assert not psutil.pid_exists(pid)
    assert_nothing_is_left()


def test_lines_that_are_too_deep_or_too_long_are_passed_over(monkeypatch):
    monkeypatch.setattr("vfx_ai.client.LONGEST_HEARD", 5000)
    answer = json.dumps({"jsonrpc": "2.0", "id": "1", "result": {"x": 1}})
    code = "import sys; print(sys.argv[1]); print('[' * 4000); print('x' * 20000, flush=True); sys.stdin.readline(); "
    with Client([sys.executable, "-c", code + "print(sys.argv[2])", json.dumps(HELLO), answer], []) as client:
        assert end(client, client.ask("status")).data["result"] == {"x": 1}
        assert all(len(line) <= 2000 for line in client.log())


def test_what_the_hosts_python_was_told_does_not_reach_the_workers(monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("KEPT", "1")
    code = "import os, sys; sys.exit(os.environ.get('PYTHONHOME', 'none') + os.environ['KEPT'] + os.environ['MORE'])"
    with Client([sys.executable, "-c", code], [], {"MORE": "2"}) as client:
        assert "none12" in end(client, client.ask("status")).data["error"]["log"]


def test_no_file_of_the_folder_that_the_host_is_in_is_taken_for_the_workers(tmp_path, monkeypatch):
    """A host is often started beside its script, where files of any name may lie."""
    for name in ("json.py", "queue.py", "vfx_ai/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('of the shot')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Client(COMMAND, [], {"PYTHONPATH": str(ROOT)}) as client:
        assert end(client, client.ask("status")).data["result"]["jobs"] == []


# Paths of other machines.

TABLE = [("/mnt/shots", "S:\\"), ("/mnt/shots/show", "T:/show"), ("/home", "/Users"), ("//nas/x", "/Volumes/x")]
BACK = [(there, here) for here, there in TABLE]


@pytest.mark.parametrize(
    ("path", "pairs", "becomes"),
    [
        ("/mnt/shots/a/b.####.exr", TABLE, "S:\\a\\b.####.exr"),
        ("/mnt/shots/show/b.exr", TABLE, "T:/show/b.exr"),  # the longest prefix
        ("/mnt/shots/shown/b.exr", TABLE, "S:\\shown\\b.exr"),  # whole names alone
        ("/mnt/shotsx/b.exr", TABLE, "/mnt/shotsx/b.exr"),
        ("/mnt/shots", TABLE, "S:\\"),
        ("/home/é è/ü.exr", TABLE, "/Users/é è/ü.exr"),
        ("//nas/x/y.exr", TABLE, "/Volumes/x/y.exr"),
        ("relative.exr", TABLE, "relative.exr"),
        ("/home/a\\b.exr", TABLE, "/Users/a\\b.exr"),  # a backslash is a letter there
        ("s:\\a\\b.exr", BACK, "/mnt/shots/a/b.exr"),  # no upper case on Windows, and either slash
        ("S:/a/b.exr", BACK, "/mnt/shots/a/b.exr"),
        ("T:\\SHOW\\b.exr", BACK, "/mnt/shots/show/b.exr"),
        ("/users/b.exr", BACK, "/users/b.exr"),  # upper case counts elsewhere
        ("\\\\nas\\p\\b.exr", [("\\\\NAS\\p", "/nas")], "/nas/b.exr"),
        ("/nas/b.exr", [("/nas", "\\\\nas\\p")], "\\\\nas\\p\\b.exr"),
        ("/a/b", [("/", "/disk")], "/disk/a/b"),
        ("/a/b", [("", "/x")], "/a/b"),
    ],
)
def test_a_path_is_mapped_by_the_longest_prefix_that_fits(path, pairs, becomes):
    assert mapped(path, pairs) == becomes


def test_jobs_go_out_and_results_come_back_by_the_table(tmp_path):
    job(tmp_path, "fine"), job(tmp_path, "fails")
    with Client(COMMAND, [("X:/shows", str(tmp_path))], stand_in(tmp_path)) as client:
        fields = {"matte": "X:/shows/fine.exr", "output": "x:\\shows\\out\\c.exr"}
        done = end(client, client.run("inpaint", {"plate": "X:\\shows\\fine.exr", **fields}))
        assert done.data["result"]["result"] == "X:/shows/out/c.exr"
        error = end(client, client.run("inpaint", {"plate": "X:/shows/fails.exr", **fields})).data["error"]
        assert error["file"] == "X:/shows/fails.exr"
        assert error["text"] == "X:/shows/fails.exr, frame 1002: it is damaged. Supply it again."


def test_sentences_are_no_paths_whatever_they_begin_with():
    words = "/ is a slash, and/or a matter of taste"
    told = {"result": "/out/c.exr", "left": ["/out/a.png"], "headline": words, "notes": [words], "why": words}
    finished = {"jsonrpc": "2.0", "method": "finished", "params": {"job": "7", "kind": "edit", "result": told}}
    note = {"jsonrpc": "2.0", "method": "log", "params": {"job": "7", "level": "note", "text": words, "frame": None}}
    answer = {"jsonrpc": "2.0", "id": "1", "result": {"job": "7", "ahead": 0}}
    code = "import sys; print(sys.argv[1], flush=True); line = sys.stdin.readline(); print(line, file=sys.stderr); "
    code += "print(*sys.argv[2:], sep=chr(10), flush=True); sys.stdin.readline()"
    said = [json.dumps(one) for one in (HELLO, answer, note, finished)]
    heard = []
    with Client([sys.executable, "-c", code, *said], [("S:\\", "/")]) as client:
        name = client.run("edit", {"plate": "S:\\p.exr", "prompt": "S:/ or / and /", "model": "s:/m"})
        result = client.wait(name, PATIENCE, heard.append).data["result"]
        asked = json.loads(client.log()[0])["params"]["job"]
    assert (asked["plate"], asked["prompt"], asked["model"]) == ("/p.exr", "S:/ or / and /", "s:/m")
    assert (result["result"], result["left"]) == ("S:\\out\\c.exr", ["S:\\out\\a.png"])
    assert {result["headline"], *result["notes"], result["why"]} == {words}
    assert [event.data["text"] for event in heard if event.kind == "log"] == [words]


def test_a_list_of_paths_goes_out_path_by_path(tmp_path):
    with Client(COMMAND, [("X:/shows", "/mnt")], stand_in(tmp_path)) as client:
        sent = client._outgoing({"like": ["X:/shows/a.exr", "b.exr"], "mask": "X:/shows/m.exr", "frames": 3})
    assert sent == {"like": ["/mnt/a.exr", "b.exr"], "mask": "/mnt/m.exr", "frames": 3}


def test_command_and_table_are_read_from_beside_the_file(tmp_path):
    place = tmp_path / "a place with é"
    place.mkdir()
    shutil.copyfile(FILE, place / "vfx_ai_client.py")
    (place / "worker.json").write_text('{"command": ["ssh", "box", "w"], "paths": [["/a", "/b"]]}', encoding="utf-8")
    made = copy_of_client(place)
    assert (made.command, made.paths) == (["ssh", "box", "w"], [("/a", "/b")])


def copy_of_client(place):
    """A client by a copy of its file, which was asked something and closed."""
    spec = spec_from_file_location("a_copy_of_the_client", place / "vfx_ai_client.py")
    module = sys.modules[spec.name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        made = module.Client()
        made.close()
    finally:
        del sys.modules[spec.name]
    return made


def test_a_mark_that_an_editor_writes_before_the_first_letter_does_no_harm(tmp_path):
    file = tmp_path / "worker.json"
    file.write_text('{"command": ["é"], "paths": []}', encoding="utf-8-sig")
    assert read_config(str(file))["command"] == ["é"] and misread(str(file)) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"command": ["w"], "paths": [["S:\\shows", "/mnt/shows"]]}', "can't be read"),  # as it is typed at first
        ('{"command": "ssh box vfx-ai worker"}', "command is no list"),
        ('{"paths": {"S:/shows": "/mnt/shows"}}', "paths is no list of pairs"),
        ('{"paths": [["S:/shows"]]}', "paths is no list of pairs"),
        ("[]", "holds no object"),
        ("[" * 100_000, "can't be read"),
    ],
)
def test_a_worker_json_that_cannot_be_followed_is_told_and_nothing_is_started(text, says, tmp_path, monkeypatch):
    file = tmp_path / "worker.json"
    file.write_text(text, encoding="utf-8")
    assert read_config(str(file)) == {}
    monkeypatch.setattr("vfx_ai.client.CONFIG", str(file))  # a whole path takes the place of the folder's
    for command in (None, COMMAND):
        with Client(command) as client:
            error = end(client, client.run("inpaint", {"plate": "p"})).data["error"]
            assert client.pid is None
        assert str(file) in error["text"] and says in error["text"] and "Mend that file" in error["remedy"]


def test_without_them_it_is_this_python():
    made = Client()
    made.close()
    assert made.command[1:] == ["-m", "vfx_ai", "worker"]
    assert read_config("nowhere") == {}


def test_mismatch_is_empty_where_all_is_well():
    assert mismatch({"protocols": [PROTOCOL], "schema": SCHEMA, "version": "1"}) == ""


def test_a_job_that_is_too_long_for_a_line_fails_at_once_and_the_next_one_runs(client, tmp_path):
    event = end(client, client.run("inpaint", plain(tmp_path, "plain", layers="x" * 2**20)))
    assert event.kind == "failed" and "too long" in event.data["error"]["text"]
    assert end(client, client.run("inpaint", plain(tmp_path, "fine"))).kind == "finished"
