"""A child process that tries files of strangers, so that one that would end the process is seen and not suffered.

    python tests/trying.py KIND FOLDER

reads the paths of files, one a line, and answers each with a line of JSON. `Child` is the other end.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 150.0  # that one file may take, more than USD is given; files here are of a few kilobytes
MEMORY = 1 << 30  # bytes of address space beyond what the process has before the first file
LONGEST_ERROR = 4000

Reader = Callable[[Path, Path], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        verdict: "right", "refused" (one clear error), "fault" (any other exception), "memory", "hang" or "crash".
        says: the error, or the last words of the process.
        seconds: how long it took.
        peak: MB that the process had at most.
    """

    verdict: str
    says: str = ""
    seconds: float = 0.0
    peak: int = 0

    @property
    def fine(self) -> bool:
        """Whether it is what a file of a stranger may become."""
        return self.verdict in ("right", "refused")


class Child:
    """The child process of one kind of file; a new one is started where it ended.

    Args:
        kind: of `READERS`.
        folder: for the files, and what is written; it must be there.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder, self._process = kind, folder, None
        self._said = folder / "said.txt"

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                pipe.close()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(Path(__file__).resolve()), self.kind, str(self.folder)]
        with self._said.open("wb") as said:
            made = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            )
        assert made.stdout is not None and made.stdout.readline() == b"ready\n", self._said.read_text()
        return made

    def tries(self, name: str, data: bytes) -> Outcome:
        """Write a file of that name, and have it read."""
        path = self.folder / name
        path.write_bytes(data)
        process = self._process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        clock = time.perf_counter()
        process.stdin.write(f"{path}\n".encode())
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        line = process.stdout.readline() if ready else b""
        seconds = time.perf_counter() - clock
        if line:
            return Outcome(**json.loads(line), seconds=seconds)
        if ready:
            process.wait()
        last = self._said.read_text(errors="replace").strip().splitlines()
        self.close()
        if not ready:
            return Outcome("hang", "", seconds)
        return Outcome("crash", f"ended with {process.returncode}: {' / '.join(last[:12])}", seconds)


def plate_reader(path: Path, folder: Path) -> None:
    """As a plate: its header, its pixels, its layers, and a copy."""
    from vfx_ai.media import plate

    info = plate.probe(path, 1)
    layer = info.layers[0]
    frame = plate.read(path, 1, layer, info.space)
    assert frame.pixels.shape == (info.data_window.height, info.data_window.width, 3)
    if plate._is_exr(path, 1):
        plate.find_measures(path, 1, layer)
        plate.read_planes(path, 1, plate.find_planes(path, 1, layer, "all"))
    plate.write(path, folder / "out.exr", 1, layer, None)


def matte_reader(path: Path, _folder: Path) -> None:
    """As a matte: one channel."""
    from vfx_ai.media import plate

    found = plate.read_channel(path, 1)
    window = found.data_window
    assert found.values.shape == (window.height, window.width)


def crypto_reader(path: Path, _folder: Path) -> None:
    """As a cryptomatte: its names, and one object's matte."""
    from vfx_ai.matte.cryptomatte import find_cryptomattes, read_shares
    from vfx_ai.matte.objects import read_objects

    for crypto in find_cryptomattes(path, 1):
        if not crypto.fault:
            read_shares(path, 1, crypto)
    read_objects(path, 1, "bunny,<85741a13>")


def camera_reader(path: Path, folder: Path) -> None:
    """As a camera, which is then written again."""
    from vfx_ai.media.frame import Window
    from vfx_ai.motion.camera_files import read_camera, write_camera

    window = Window(0, 0, 64, 36)
    camera = read_camera(path, tuple(range(1001, 1005)), window, window)
    write_camera(camera, folder / f"out{path.suffix}", window, window)


def job_reader(path: Path, _folder: Path) -> None:
    """As a line of a host, and as a job of each kind."""
    from vfx_ai.errors import JobError
    from vfx_ai.job import Job
    from vfx_ai.worker.kinds import KINDS, read
    from vfx_ai.worker.rpc import RpcError, parse

    data, errors = path.read_bytes(), []
    try:
        text = data.decode("utf-8")
        try:
            Job.from_json(text).to_json()
        except JobError as error:
            errors.append(error)
        asked = parse(data).params.get("job")
    except (RpcError, UnicodeDecodeError) as error:
        raise JobError(f"{path}: {error}") from None
    for kind in KINDS.values():
        try:
            read(kind.made, asked, versioned=kind.versioned)
        except JobError as error:
            errors.append(error)
    if errors:
        raise JobError(f"{path}: {errors[-1]}")


READERS: dict[str, Reader] = {
    "plate": plate_reader,
    "matte": matte_reader,
    "crypto": crypto_reader,
    "camera": camera_reader,
    "job": job_reader,
}


def judged(reader: Reader, path: Path, folder: Path) -> tuple[str, str]:
    """The verdict on one file, and what was said."""
    from vfx_ai.errors import VfxAiError

    try:
        reader(path, folder)
    except VfxAiError as error:
        said = str(error)
        clear = path.name in said or (folder / "out").name in said
        plain = said.isprintable() and len(said) < LONGEST_ERROR and bool(said.encode("utf-8"))
        return ("refused" if clear and plain else "fault"), f"{type(error).__name__}: {said[:LONGEST_ERROR]}"
    except MemoryError as error:
        return "memory", repr(error)
    except Exception as error:
        import traceback

        places = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(f"{Path(place.filename).name}:{place.lineno}" for place in reversed(places))
        return "fault", f"{type(error).__name__}: {error} ({where})"
    return "right", ""


def most_resident() -> int:
    """MB that this process held at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    """Answer line by line."""
    import faulthandler
    import resource

    import psutil

    faulthandler.enable()
    kind, folder = sys.argv[1], Path(sys.argv[2])
    reader, answers = READERS[kind], os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints is no answer
    if kind != "job":
        import vfx_ai.media.plate
    if kind == "crypto":
        import vfx_ai.matte.objects
    if kind == "camera":
        import vfx_ai.motion.camera_files  # noqa: F401
    # USD has a process of its own, which begins with what is left here of address space.
    most = psutil.Process().memory_info().vms + (8 * MEMORY if kind == "camera" else MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        verdict, said = judged(reader, Path(line.rstrip("\n")), folder)
        peak = most_resident()
        answers.write(json.dumps({"verdict": verdict, "says": said, "peak": peak}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
