"""The faults that a run may suffer, each a function: a table of them for tests and bench/faults.py; see `faulty`."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from unittest import mock

from faulty import Shop, Tally
from rendered import contents, results

from vfx_ai.media import exr, exr_intact

NOBODY = 65534


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file may become larger than that, as on a disk that is full."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Rights count for root, too."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def rights(path: Path, mode: int) -> Iterator[None]:
    """A path has other rights for a while."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


@contextmanager
def gone(path: Path) -> Iterator[None]:
    """A file is elsewhere for a while."""
    away = path.with_name(f"{path.name}.away")
    if path.exists():
        path.rename(away)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            away.rename(path)


def file_too_large(shop: Shop, tally: Tally, _rng: random.Random) -> None:
    """A write stops in the middle: a frame's, a picture's, the analysis's."""
    largest = max(len(data) for data in shop.expected.values())
    for most in (largest // 2, 500, 0, largest // 8, largest - 1)[: shop.most]:
        out = shop.fresh()
        with small_files(most):
            shop.disturbed(tally, out)
        shop.goes_on(tally, out)
    if tally.ended != tally.tries:
        tally.wrong.append("a run completed on a full disk")


def small_disk(shop: Shop, tally: Tally, rng: random.Random) -> None:
    """A disk of its own that is too small by more or less, and is then made larger."""
    if sys.platform != "linux" or os.geteuid() != 0:
        tally.skipped = "mounting a small disk needs Linux and root"
        return
    whole = sum(path.stat().st_size for path in (shop.folder / "undisturbed").rglob("*") if path.is_file())
    for _ in range(4):
        out = shop.fresh()
        out.mkdir()
        size = int(whole * rng.uniform(0.1, 0.9)) // 4096
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"nr_blocks={size}", "tmpfs", out], capture_output=True)
        if mounted.returncode:
            tally.skipped = "no disk can be mounted here"
            return
        try:
            shop.disturbed(tally, out)
            subprocess.run(["mount", "-o", "remount,nr_blocks=100000", out], check=True)
            shop.goes_on(tally, out)
        finally:
            subprocess.run(["umount", out], check=False)


def read_only(shop: Shop, tally: Tally, _rng: random.Random) -> None:
    """The folder of the results, or one of those that the run keeps beside them, takes no file."""
    for inner in ("", "clean.vfx-ai/frames", "clean.vfx-ai/pictures")[: shop.most]:
        out = shop.fresh()
        closed = out / inner
        closed.mkdir(parents=True)
        for folder in (out, *(out / part for part in ("clean.vfx-ai",) if inner), closed):
            folder.chmod(0o777)
        with rights(closed, 0o555), as_nobody():
            shop.disturbed(tally, out)
        shop.goes_on(tally, out)
    if tally.ended != tally.tries:
        tally.wrong.append("a run completed in a folder that takes no file")


def denied(shop: Shop, tally: Tally, _rng: random.Random) -> None:
    """A frame of the plate or the matte, or their folder, may not be read."""
    folder = shop.shot.folder
    for path in (folder / "plate.1004.exr", folder, folder / "matte.1003.exr", folder / "plate.1001.exr")[: shop.most]:
        out = shop.fresh()
        out.mkdir()
        out.chmod(0o777)
        with rights(path, 0), as_nobody():
            shop.disturbed(tally, out)
        shop.goes_on(tally, out)
    if tally.ended != tally.tries:
        tally.wrong.append("a run completed without what it may not read")


def vanishing(shop: Shop, tally: Tally, rng: random.Random) -> None:
    """A frame of the plate or the matte goes while the run is under way, at a moment of its analysis or its fill."""
    for name in ("plate.1004.exr", "matte.1005.exr", "plate.1002.exr", "plate.1005.exr", "matte.1003.exr")[: shop.most]:
        path, out, left = shop.shot.folder / name, shop.fresh(), [rng.randrange(1, 20)]
        with ExitStack() as stack:

            def told(event: object, path: Path = path, left: list[int] = left, stack: ExitStack = stack) -> None:
                left[0] -= 1
                if left[0] == 0:
                    stack.enter_context(gone(path))

            shop.disturbed(tally, out, told)
        shop.goes_on(tally, out)


def cut_short(shop: Shop, tally: Tally, rng: random.Random) -> None:
    """A frame is being copied again while the run reads it: half of it is there."""
    for name in ("plate.1004.exr", "matte.1003.exr")[: shop.most]:
        path, out, left = shop.shot.folder / name, shop.fresh(), [rng.randrange(1, 12)]
        data, times = path.read_bytes(), path.stat()

        def told(event: object, path: Path = path, left: list[int] = left, data: bytes = data) -> None:
            left[0] -= 1
            if left[0] == 0:
                path.write_bytes(data[: len(data) // 2])

        shop.disturbed(tally, out, told)
        path.write_bytes(data)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        shop.goes_on(tally, out)


def clock_jumps(shop: Shop, tally: Tally, _rng: random.Random) -> None:
    """Files from 1970 and 2106, leftovers from the future, and a clock that goes back while the run is under way."""
    plate = shop.shot.folder / "plate.1003.exr"
    times = plate.stat()
    try:
        for moment in (0, 2**32 - 10, 1)[: shop.most]:
            out = shop.fresh()
            os.utime(plate, (moment, moment))
            if not shop.disturbed(tally, out):
                tally.wrong.append("a run fails for a file's time")
            stray = out / ".clean.1004.exr.999999999.part"
            stray.write_bytes(b"half")
            os.utime(stray, (2**32 - 10, 2**32 - 10))
            for path in results(out).values():
                os.utime(path, (2**32 - 20, 2**32 - 20))
            shop.goes_on(tally, out)
    finally:
        os.utime(plate, ns=(times.st_atime_ns, times.st_mtime_ns))
    out, told = shop.fresh(), [2e9]

    def backwards() -> float:
        told[0] -= 1000
        return told[0]

    with mock.patch("time.time", backwards):
        if not shop.disturbed(tally, out):
            tally.wrong.append("a run fails for a clock that goes back")
    shop.goes_on(tally, out)


def hiccups(shop: Shop, tally: Tally, rng: random.Random) -> None:
    """A network drive: one read in fifty fails, one in ten is late. The same command is given until it is done."""
    decoded, parsed = exr._decoded, exr_intact.parse_header

    def fails() -> bool:
        if rng.random() < 0.1:
            time.sleep(rng.uniform(0, 0.02))
        return rng.random() < 0.02

    def late_decoded(path: Path, frame: int, *words: object) -> object:
        if fails():
            raise exr.damaged(path, frame, "Input/output error")
        return decoded(path, frame, *words)

    def late_parsed(*words: object) -> object:
        if fails():
            raise OSError(rng.choice((errno.EIO, errno.ESTALE)), os.strerror(errno.EIO))
        return parsed(*words)

    out = shop.fresh()
    with mock.patch.object(exr, "_decoded", late_decoded), mock.patch.object(exr_intact, "parse_header", late_parsed):
        for _ in range(60):
            if shop.disturbed(tally, out):
                break
        else:
            tally.wrong.append("it comes to no end")
    shop.goes_on(tally, out)


def killed(shop: Shop, tally: Tally, rng: random.Random) -> None:
    """kill -9 at random moments of a run."""
    wanted, longest = shop.most + 1 if shop.most else 20, shop.seconds
    within = 1.2 * longest
    while tally.ended < wanted and tally.tries < 3 * wanted:
        out = shop.fresh()
        with shop.driven(out) as process:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
            time.sleep(rng.uniform(0, within))
            tally.tries += 1
            alive = process.poll() is None
            tally.ended += alive
            within = within if alive else max(0.8 * within, 0.9 * longest)  # it was over before
            process.kill()
            process.wait()
        shop.whole(tally, out)
        shop.goes_on(tally, out)
    if tally.ended < wanted:
        tally.wrong.append(f"of {tally.tries} runs only {tally.ended} were killed, not {wanted}")


def out_of_memory(shop: Shop, tally: Tally, _rng: random.Random) -> None:
    """The process may take so many megabytes more than it has when the run begins."""
    if sys.platform != "linux":
        tally.skipped = "Linux alone limits what a process may take"
        return
    for megabytes in (20, 0, 8, 50, 90)[: shop.most]:
        out = shop.fresh()
        with shop.driven(out, spare=megabytes << 20) as process:
            shop.told(tally, process, may_die=True)
        shop.whole(tally, out)
        shop.goes_on(tally, out)
    if not any(text.startswith("ResourceError: ") for text in tally.said):
        tally.wrong.append("memory ran out, and no run said so")


def two_runs(shop: Shop, tally: Tally, _rng: random.Random) -> None:
    """Two processes do the same job with the same output at the same time."""
    out = shop.fresh()
    with shop.driven(out) as first, shop.driven(out) as second:
        for process in (first, second):
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in (first, second):
            shop.told(tally, process)
    shop.whole(tally, out)
    if tally.ended == 0 and contents(out) != shop.expected:
        tally.wrong.append("both ended well, and frames are missing")
    shop.goes_on(tally, out)


Fault = Callable[[Shop, Tally, random.Random], None]
FAULTS: dict[str, Fault] = {
    "disk full (files cut off)": file_too_large,
    "disk full (small disk)": small_disk,
    "read-only output": read_only,
    "permission denied": denied,
    "file vanishes mid-run": vanishing,
    "file cut short mid-run": cut_short,
    "clock jumps": clock_jumps,
    "reads fail and are late": hiccups,
    "out of memory": out_of_memory,
    "two runs on one output": two_runs,
    "kill -9 at random moments": killed,
}
ALSO_WINDOWS = ("file vanishes mid-run", "file cut short mid-run", "reads fail and are late", "clock jumps")


def tried(shop: Shop, name: str, seed: int = 1) -> Tally:
    """Suffer a fault."""
    tally = Tally(name)
    if os.name == "nt" and name not in ALSO_WINDOWS:
        tally.skipped = "Windows has no such limits or rights"
        return tally
    FAULTS[name](shop, tally, random.Random(seed))
    return tally
