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
# What is promised, in seconds: between two messages of how far a job is, until a cancel is done, until all has ended.
SILENCE, CANCEL, END = 0.5, 1.0, 2.0
BUSY = 4.0  # times as long as is promised is still right, for a machine that does other things too
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
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


def ended(client, job, kind, show=lambda _event: None, seconds=PATIENCE):
    """What is told at a job's end, which must be of that kind."""
    event = client.wait(job, seconds, show)
    must(event is not None, f"a job came to no end within {seconds:g} seconds")
    must(event.kind == kind, f"a job {event.kind}: {event.data}")
    return event.data["result" if kind == "finished" else "error"]


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
            must(event.job != job or event.kind not in ("finished", "failed"), f"it ended too soon: {event.data}")
            if event.job == job and event.data.get("frames"):
                return
        time.sleep(0.05)
    must(False, "no frame came")


def play(client, fields, jobs, busy):
    """All of it, with a client; `fields(name)` are those of a job with a result of that name."""
    began, last, told = time.monotonic(), [time.monotonic()], []

    def show(event):
        if event.kind == "progress":
            told.append((event.data["stage"], time.monotonic() - last[0]))
            last[0] = time.monotonic()

    result = ended(client, client.run("inpaint", fields("first")), "finished", show)
    must(result["passed"] and result["frames"], "a run that is verified, with frames")
    must(
        {"analyse", "fill"} <= {stage for stage, _ in told},
        f"progress of each stage, but {sorted({stage for stage, _ in told})}",
    )
    longest = max((wait for _, wait in told[1:]), default=0.0)
    must(longest < SILENCE * busy, f"progress twice a second, but {longest:.2f} s of silence")
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
    error = ended(client, second, "failed")
    took = time.monotonic() - asked
    must(error["kind"] == "Interrupted" and error["exit_code"] == 130, error)
    must(took < CANCEL * busy, f"a cancel within a second, but it took {took:.2f}")
    say("cancelled", seconds=round(took, 2))
    third = client.run("inpaint", fields("third"))
    until_written(client, third)
    bereft, orphans = client.pid, family(client.pid)
    must(bereft is not None, "a worker while a job runs")
    os.kill(bereft, KILL)
    error = ended(client, third, "failed")
    must(error["kind"] == "WorkerError" and f" {int(KILL)}" in error["text"], error)
    must(isinstance(error.get("log"), list), "the last lines of the log of a worker that was killed, if it had any")
    must(gone(orphans, END * busy), "nothing that outlives a killed worker")
    say("killed", told=repr(error["message"]), lines_of_its_log=len(error["log"]), orphans=0)
    went_on = [ended(client, client.run("inpaint", fields(name)), "finished") for name in ("third", "second")]
    must(all(again["passed"] and again["skipped"] for again in went_on), "jobs that go on where they ended")
    must(client.pid not in (None, bereft), "a new worker")
    say("recovered", finished=2, went_on_after_frames=sum(len(again["skipped"]) for again in went_on))
    in_a_row(client, {**fields("short"), "frames": str(result["frames"][0]), "force": True}, jobs)
    must(client.busy == [], f"nothing that is left open, but {client.busy}")
    last = family(client.pid)
    client.close()
    must(gone(last, END * busy), "nothing that outlives its worker")
    must(client.pid is None, "no worker after its end")
    say("ended", orphans=0)


def in_a_row(client, short, jobs):
    """So many short jobs; what this process and the worker hold must be the same before and after."""
    before = None
    for number in range(jobs):
        ended(client, client.run("inpaint", short), "finished")
        if number == min(WARM, jobs - 1) and Path("/proc/self/fd").exists():
            before = held([os.getpid(), *family(client.pid)])
    if before is None:
        say("in a row", jobs=jobs, memory="not asked for here")
        return
    after = held([os.getpid(), *family(client.pid)])
    must(after[0] == before[0], f"processes, files or threads: {before[0]} became {after[0]}")
    must(after[1] < before[1] + GROWN, f"memory: {before[1]} became {after[1]} bytes")
    say("in a row", jobs=jobs, memory=f"{(after[1] - before[1]) / 2**20:+.1f} MiB", processes=len(after[0]))


def main():
    """Play."""
    asks = argparse.ArgumentParser(description="Play a host with the client alone.")
    asks.add_argument("--out", required=True, help="folder of the results")
    asks.add_argument("--plate", default=f"{SHOT}/plate.####.exr")
    asks.add_argument("--matte", default=f"{SHOT}/matte.####.exr")
    asks.add_argument("--engine", default="flow")
    asks.add_argument("--jobs", type=int, default=100, help="short jobs in a row")
    asks.add_argument("--busy", type=float, default=BUSY, help="times as long as is promised that is still right")
    given = asks.parse_args()

    def fields(name):
        output = str(Path(given.out).resolve() / name / "clean.####.exr")
        return {"plate": given.plate, "matte": given.matte, "output": output, "engine": given.engine}

    with client_by_path().Client([sys.executable, "-m", "vfx_ai", "worker"], [], {"PYTHONPATH": str(ROOT)}) as client:
        play(client, fields, given.jobs, given.busy)


if __name__ == "__main__":
    main()
