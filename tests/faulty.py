"""What a machine does to a run: disks that are full, files that go, processes that are killed; and what is left of it.

Each fault disturbs runs of one tiny shot. After each disturbed run every result that is there must be whole, with the
bits of an undisturbed run, and what was said must be one clear error; the next run must complete with the same bits and
leave no temporary file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import rendered
from rendered import contents, render, results

from vfx_ai.errors import VfxAiError
from vfx_ai.job import Job, Progress, silent
from vfx_ai.run import run
from vfx_ai.terminal.answering import for_a_person

ROOT = Path(__file__).resolve().parents[1]
FRAMES, SIZE = 5, (32, 48)  # enough for every step of a run, which then takes a second
# The last words of OpenBLAS, and of C++ where nobody catches what it throws.
DEATHS = ("Memory allocation still failed", "bad_alloc")
PATIENCE = 120  # seconds for a process
# Waits until it is told to start, so that what is disturbed is the run and not the loading of libraries.
DRIVER = """
import json, sys, time
from vfx_ai.terminal.answering import for_a_person
from vfx_ai.job import Job
from vfx_ai.run import run
words = json.loads(sys.argv[1])
spare = words.pop("spare", None)
print("ready", flush=True)
sys.stdin.readline()
if spare is not None:
    import psutil, resource
    most = psutil.Process().memory_info().vms + spare
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
clock = time.perf_counter()
try:
    run(Job(**words))
    said = ""
except BaseException as error:
    shown = for_a_person(error)
    said = f"{type(shown).__name__}: {shown}"
print(json.dumps({"said": said, "seconds": time.perf_counter() - clock}), flush=True)
"""


@dataclass
class Tally:
    """What came of one fault.

    Attributes:
        name: of the fault.
        tries: disturbed runs.
        ended: of those, how many ended with an error, or were killed.
        died: of those, how many a library ended that found no memory, before anybody could say so.
        said: the errors, once each.
        wrong: what must not be, as sentences.
        skipped: why it could not be tried here; "" if it was.
    """

    name: str
    tries: int = 0
    ended: int = 0
    died: int = 0
    said: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    skipped: str = ""


class Shop:
    """A tiny shot, and every byte of what an undisturbed run makes of it.

    Args:
        folder: of its own; everybody may look into it.
        engine: by which it is filled.
        most: so many cases of each fault at most; None: all.
    """

    def __init__(self, folder: Path, engine: str = "flow", most: int | None = None) -> None:
        self.folder, self.engine, self.most, self._count = folder, engine, most, 0
        self.shot = render(folder / "shot", rendered.travelling(24.0), frames=FRAMES, size=SIZE)
        clock = time.perf_counter()
        run(self.job(folder / "undisturbed"))
        self.seconds = time.perf_counter() - clock
        self.expected = contents(folder / "undisturbed")
        assert len(self.expected) == FRAMES

    def job(self, out: Path) -> Job:
        """The job whose results go to a folder."""
        return Job(self.shot.plate, self.shot.matte, str(out / "clean.####.exr"), engine=self.engine)

    def fresh(self) -> Path:
        """A folder for results that nobody wrote to."""
        self._count += 1
        return self.folder / f"out-{self._count}"

    def disturbed(self, tally: Tally, out: Path, progress: Progress = silent) -> bool:
        """Run in this process while something is wrong; whether it completed."""
        tally.tries += 1
        error: BaseException | None = None
        try:
            run(self.job(out), progress)
        except Exception as caught:
            error = caught
        self.note(tally, error)
        self.whole(tally, out)
        return error is None

    def note(self, tally: Tally, error: BaseException | None) -> None:
        """Keep what was said; anything but one clear error is wrong."""
        if error is None:
            return
        tally.ended += 1
        shown = for_a_person(error)
        said = f"{type(shown).__name__}: {shown}".replace(str(self.folder), "")
        if said not in tally.said:
            tally.said.append(said)
        if "fault of vfx-ai" in said or (isinstance(error, VfxAiError) and not error.remedy):
            tally.wrong.append(f"no clear error: {said}")

    def whole(self, tally: Tally, out: Path) -> None:
        """Whatever is there by its name has the bits of an undisturbed run."""
        for number, path in results(out).items():
            if path.read_bytes() != self.expected[number]:
                tally.wrong.append(f"frame {number} is half-written or another one")

    def goes_on(self, tally: Tally, out: Path) -> None:
        """The next run completes with the same bits and leaves no temporary file."""
        kept = {n: path.stat().st_mtime_ns for n, path in results(out).items()}
        try:
            report = run(self.job(out))
        except Exception as error:
            tally.wrong.append(f"the next run fails: {for_a_person(error)}")
            return
        if contents(out) != self.expected or not report.passed:
            tally.wrong.append("the next run has other bits")
        if any(results(out)[number].stat().st_mtime_ns != kept[number] for number in report.skipped):
            tally.wrong.append("a finished frame was written again")
        tally.wrong += [f"a temporary file is left: {path.name}" for path in strays(out)]

    @contextmanager
    def driven(self, out: Path, **more: int) -> Iterator[subprocess.Popen[str]]:
        """A process that waits for a line, and then runs the job."""
        asked = {"plate": self.shot.plate, "matte": self.shot.matte, "output": self.job(out).output}
        words = json.dumps({**asked, "engine": self.engine, **more})
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, words],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()
            process.communicate()

    def told(self, tally: Tally, process: subprocess.Popen[str], *, may_die: bool = False) -> float:
        """Start a driven process, keep what it says, and give the seconds that it took.

        `may_die`: a library that finds no memory may end it, and says so itself; docs/robustness.md tells of it.
        """
        out, err = process.communicate("\n", PATIENCE)
        tally.tries += 1
        if not out:
            tally.ended += 1
            last = (err.strip().splitlines() or [""])[-1][-300:]
            said = f"the process ended with {process.returncode}: {last}"
            if may_die and any(words in last for words in DEATHS):
                tally.died += 1
                tally.said += [said] if said not in tally.said else []
            else:
                tally.wrong.append(said)
            return 0.0
        last = json.loads(out.splitlines()[-1])
        if last["said"]:
            tally.ended += 1
            said = last["said"].replace(str(self.folder), "")
            tally.said += [said] if said not in tally.said else []
            if "fault of vfx-ai" in said:
                tally.wrong.append(f"no clear error: {said}")
        return float(last["seconds"])


def strays(out: Path) -> list[Path]:
    """Files that a finished run has no business to leave."""
    marks = (".part", ".pixels", ".lock", ".now")
    files = [path for path in out.rglob("*") if path.suffix in marks or ".part." in path.name]
    return files + [path for path in out.rglob("*") if path.is_dir() and path.name.startswith(("measured-", "solve-"))]
