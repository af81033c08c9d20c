#!/usr/bin/env python3
"""Plays a host, as Nuke is one: with the client alone, loaded by its path, and nothing else of the program.

    python samples/play_host.py --out out

It starts a worker, runs the sample shot and sees how far it is, cancels a second job, kills the worker during a third,
recovers and does both to their end, runs short jobs in a row, and ends. Each step is a line; whatever isn't as promised
ends it with what was wrong. Standard library alone; what it says of memory and files is asked of Linux.
"""

import argparse
import os
import signal
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHOT = ROOT / "samples" / "courtyard"
PATIENCE = 3600.0  # seconds that a run may take
WARM, GROWN = 5, 40 * 2**20  # jobs before it is measured; bytes that are no leak


def client_by_path():
    """The client's module, from its file."""
    spec = spec_from_file_location("vfx_ai_client", str(ROOT / "vfx_ai" / "client.py"))
    sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[spec.name])
    return sys.modules[spec.name]


def say(step, **more):
    """A line of what was done."""
    print(f"{step}:", ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in more.items()), flush=True)


def must(right, what):
    """End unless something is so."""
    if not right:
        sys.exit(f"not as promised: {what}")


def family(pid):
    """A process and all that it started, by Linux's word; elsewhere none."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found = [pid] if pid in parents else []
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def held(pids):
    """Processes, open files and threads, and bytes in memory, of some processes."""
    counts, size = [], 0
    for pid in pids:
        place = Path(f"/proc/{pid}")
        counts.append((len(list((place / "fd").iterdir())), len(list((place / "task").iterdir()))))
        size += int((place / "statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return sorted(counts), size


def gone(pids, seconds):
    """Whether processes end within so long."""
    end = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def until_written(client, job):
    """Wait until a frame of a job is told of as written, as a host does: from a timer that never waits."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for event in client.poll():
            must(event.kind != "failed", event.data)
            if event.job == job and event.data.get("frames"):
                return
        time.sleep(0.05)
    must(False, "no frame came")


def play(client, fields, jobs):
    """All of it, with a client; `fields(name)` are those of a job with a result of that name."""
    began, last, told = time.monotonic(), [time.monotonic()], []

    def show(event):
        if event.kind == "progress":
            told.append((event.data["stage"], time.monotonic() - last[0]))
            last[0] = time.monotonic()

    done = client.wait(client.run("inpaint", fields("first")), PATIENCE, show)
    must(done is not None and done.kind == "finished", done)
    result = done.data["result"]
    must(result["passed"] and {"analyse", "fill"} <= {stage for stage, _ in told}, "the run, and its progress")
    longest = max(wait for _, wait in told[1:])
    say(
        "finished",
        frames=len(result["frames"]),
        engine=result["engine"],
        seconds=round(time.monotonic() - began, 1),
        progress=len(told),
        longest_silence=f"{longest:.2f} s",
    )
    second = client.run("inpaint", fields("second"))
    until_written(client, second)
    asked = time.monotonic()
    client.cancel(second)
    over = client.wait(second, 60)
    must(over is not None and over.data["error"]["kind"] == "Interrupted", over)
    say("cancelled", seconds=round(time.monotonic() - asked, 2))
    third = client.run("inpaint", fields("third"))
    until_written(client, third)
    bereft, orphans = client.pid, family(client.pid)
    os.kill(bereft, signal.SIGKILL)
    error = client.wait(third, 60).data["error"]
    must("signal 9" in error["text"] and "log" in error, error)
    must(gone(orphans, 20), "something outlives a killed worker")
    say("killed", told=repr(error["message"]), lines_of_its_log=len(error["log"]), orphans=0)
    for name in ("third", "second"):
        again = client.wait(client.run("inpaint", fields(name)), PATIENCE)
        must(again is not None and again.kind == "finished" and again.data["result"]["skipped"], again)
    must(client.pid != bereft, "no new worker")
    say("recovered", finished=2, went_on_after_frames=len(again.data["result"]["skipped"]))
    short = {**fields("short"), "frames": str(result["frames"][0]), "force": True}
    before = None
    for number in range(jobs):
        must(client.wait(client.run("inpaint", short), PATIENCE).kind == "finished", "a job in the row")
        if number == min(WARM, jobs - 1) and Path("/proc/self/fd").exists():
            before = held([os.getpid(), *family(client.pid)])
    if jobs and before:
        after = held([os.getpid(), *family(client.pid)])
        must(after[0] == before[0], f"processes, files or threads: {before[0]} became {after[0]}")
        must(after[1] < before[1] + GROWN, f"memory: {before[1]} became {after[1]} bytes")
        say("in a row", jobs=jobs, memory=f"{(after[1] - before[1]) / 2**20:+.1f} MiB", processes=len(after[0]))
    last = family(client.pid)
    client.close()
    must(gone(last, 20), "something outlives the worker")
    say("ended", orphans=0)


def main():
    """Play."""
    asks = argparse.ArgumentParser(description="Play a host with the client alone.")
    asks.add_argument("--out", required=True, help="folder of the results")
    asks.add_argument("--plate", default=f"{SHOT}/plate.####.exr")
    asks.add_argument("--matte", default=f"{SHOT}/matte.####.exr")
    asks.add_argument("--engine", default="flow")
    asks.add_argument("--jobs", type=int, default=100, help="short jobs in a row")
    given = asks.parse_args()

    def fields(name):
        output = str(Path(given.out).resolve() / name / "clean.####.exr")
        return {"plate": given.plate, "matte": given.matte, "output": output, "engine": given.engine}

    with client_by_path().Client([sys.executable, "-m", "vfx_ai", "worker"], [], {"PYTHONPATH": str(ROOT)}) as client:
        play(client, fields, given.jobs)


if __name__ == "__main__":
    main()
