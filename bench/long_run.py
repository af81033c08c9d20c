#!/usr/bin/env python3
"""A long shot from end to end, stopped again and again: memory and open files stay flat, and nothing is done twice.

    python bench/long_run.py [--frames 2000] [--size 48x72] [--stops 10] [--camera locked]
        [--engine temporal] [--together] [--whole] [--page docs/benchmarks.md]

A made shot is filled by one process after the other, each the real run, which is cancelled after its share of the
frames and gone on with by the next; the last one completes. With --together one process does it all. A row for each:
frames that were finished before and after it, the most memory (resident) that it had, and memory and open files in the
first and in the second half of the frames that it wrote. Below it: frames that were written twice, and, with --whole,
how many differ from those of a run that was not stopped. With a camera that turns there is much that no frame shows,
and what is made of it takes most of the time; with one that stands still a frame takes a tenth of that. With
--page all that becomes the page's part that this owns.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

from page import Page, page_of

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))


CAMERAS = ("locked", "turning")


def made(folder: Path, frames: int, size: tuple[int, int], camera: str) -> None:
    """A shot of that many frames, from few pictures that are shown there and back."""
    import rendered

    if len(list(folder.glob("plate.*.exr"))) == frames:
        return
    shutil.rmtree(folder, ignore_errors=True)
    few = min(frames, 40)
    rendered.render(folder, getattr(rendered, camera)(), frames=few, size=size)
    for name in ("plate", "matte"):
        files = sorted(folder.glob(f"{name}.*.exr"))
        there_and_back = files + files[-2:0:-1]
        for i in range(few, frames):
            shutil.copyfile(there_and_back[i % len(there_and_back)], folder / f"{name}.{1001 + i}.exr")


def one_run(shot: Path, out: Path, engine: str, stop_after: int) -> dict:
    """Run in this process until so many frames more are finished; 0: to the end. Gives what was seen on the way."""
    import psutil

    from vfx_ai.errors import Interrupted
    from vfx_ai.job import Event, Job
    from vfx_ai.run import run

    me, seen, written = psutil.Process(), [], [0]

    def told(event: Event) -> None:
        if event.kind == "frame":
            written[0] += 1
        if event.kind in ("frame", "step"):
            seen.append((event.kind, me.memory_info().rss / 2**20, me.num_fds(), time.perf_counter()))

    job = Job(str(shot / "plate.####.exr"), str(shot / "matte.####.exr"), str(out / "clean.####.exr"), engine=engine)
    clock, passed = time.perf_counter(), True
    with suppress(Interrupted):
        passed = run(job, told, lambda: 0 < stop_after <= written[0]).passed
    frames = [row for row in seen if row[0] == "frame"]
    half = len(frames) // 2
    halves = [frames[:half] or frames, frames[half:] or frames]
    return {
        "seconds": time.perf_counter() - clock,
        "peak": max((row[1] for row in seen), default=0),
        "memory": [median(row[1] for row in part) if part else 0 for part in halves],
        "open": [max(row[2] for row in part) if part else 0 for part in halves],
        "passed": passed,
    }


def started(shot: Path, out: Path, engine: str, stop_after: int) -> dict:
    """What `one_run` says, in a process of its own."""
    words = [sys.executable, __file__, "--one", str(shot), str(out), engine, str(stop_after)]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def times(out: Path) -> dict[str, int]:
    """When each result was written."""
    return {path.name: path.stat().st_mtime_ns for path in out.glob("clean.*.exr")}


def main() -> None:
    """Print the table; the exit code is 1 where something was done twice, differs, or was not finished."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--size", default="48x72", help="height and width")
    parser.add_argument("--stops", type=int, default=10)
    parser.add_argument("--camera", choices=CAMERAS, default="locked")
    parser.add_argument("--engine", default="temporal")
    parser.add_argument("--together", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("out/long"))
    parser.add_argument("--page", type=page_of)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(one_run(Path(asked.one[0]), Path(asked.one[1]), asked.one[2], int(asked.one[3]))))
        return
    page = Page(asked.page, Path(__file__).name)
    shot, out = asked.out / f"shot-{asked.camera}", asked.out / "result"
    height, width = map(int, asked.size.split("x"))
    made(shot, asked.frames, (height, width), asked.camera)
    shutil.rmtree(out, ignore_errors=True)
    share = asked.frames // (asked.stops + 1)
    page.say(
        "| run | finished before | after | s | peak, MB | MB, first half | second half | files, first half | second |"
    )
    page.say("|---" * 9 + "|")
    twice, rows, turn_of = 0, [], one_run if asked.together else started
    for turn in range(asked.stops + 1):
        before = times(out)
        told = turn_of(shot, out, asked.engine, share if turn < asked.stops else 0)
        after = times(out)
        twice += sum(after[name] != written for name, written in before.items())
        memory, files = told["memory"], told["open"]
        figures = [f"{told['seconds']:.0f}", f"{told['peak']:.0f}", *(f"{one:.0f}" for one in memory)]
        figures += [str(count) for count in files]
        page.say(f"| {turn + 1} | {len(before)} | {len(after)} | " + " | ".join(figures) + " |")
        rows.append(told)
    page.say(f"\nFrames written twice: {twice}; highest peak over lowest: {spread([row['peak'] for row in rows]):.3f}")
    fine = twice == 0 and len(times(out)) == asked.frames and rows[-1]["passed"]
    if asked.whole:
        whole = asked.out / "whole"
        shutil.rmtree(whole, ignore_errors=True)
        told = started(shot, whole, asked.engine, 0)
        other = sum(path.read_bytes() != (out / path.name).read_bytes() for path in whole.glob("clean.*.exr"))
        memory, files = told["memory"], told["open"]
        page.say(
            f"\nIn one go: {told['seconds']:.0f} s, peak {told['peak']:.0f} MB; {memory[0]:.0f} MB in the first half "
            f"and {memory[1]:.0f} in the second, open files {files[0]} and {files[1]}; frames that differ: {other}"
        )
        fine = fine and other == 0
    page.write()
    sys.exit(0 if fine else 1)


def spread(values: list[float]) -> float:
    """The largest over the smallest."""
    return max(values) / max(min(values), 1e-9)


if __name__ == "__main__":
    main()
