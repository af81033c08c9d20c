"""What can't be honoured is refused by name, and what is broken is one clear error that leaves all else in place."""

from __future__ import annotations

import os
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import psutil
import pytest

from vfx_ai.errors import InputError, JobError, OutputError, ResourceError, UnsupportedFileError, VfxAiError
from vfx_ai.media import plate
from vfx_ai.media.exr_header import Attribute
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_splice import exchange_header
from vfx_ai.media.frame import Layer, Window

RGB = Layer("RGB", 0, ("R", "G", "B"))


def changed(source: Path, target: Path, name: str, kind: str, value: bytes) -> Path:
    header = read_header(source)
    parts = [
        [*(a for a in p.attributes.values() if a.name != name), Attribute(name, kind, value)] for p in header.parts
    ]
    exchange_header(source, header, parts, target)
    return target


@pytest.fixture
def source(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> Path:
    return make_exr(tmp_path / "in.exr", half_noise("RGB", 40, 40), compression=OpenEXR.ZIPS_COMPRESSION)


def test_deep_files_are_refused(source: Path, tmp_path: Path) -> None:
    deep = changed(source, tmp_path / "deep.exr", "type", "string", b"deepscanline")
    with pytest.raises(UnsupportedFileError, match="deep"):
        plate.probe(deep, 1001)


def test_luminance_chroma_is_refused(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    file = make_exr(tmp_path / "yc.exr", half_noise(["Y", "RY", "BY"]))
    with pytest.raises(UnsupportedFileError, match="luminance/chroma"):
        plate.probe(file, 1001)


def test_mipmaps_are_refused_for_their_levels(source: Path, tmp_path: Path) -> None:
    tiled = changed(source, tmp_path / "a.exr", "tiles", "tiledesc", struct.pack("<IIB", 8, 8, 1))
    mipmap = changed(tiled, tmp_path / "b.exr", "type", "string", b"tiledimage")
    with pytest.raises(UnsupportedFileError, match="mipmap"):
        plate.probe(mipmap, 1001)


def test_a_file_without_color_lists_its_channels(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    file = make_exr(tmp_path / "ids.exr", half_noise(["X", "Y.id", "Z"]))
    with pytest.raises(UnsupportedFileError, match=re.escape("X, Y.id, Z")):
        plate.probe(file, 1001)


def test_object_ids_named_as_colors_are_no_layer(tmp_path: Path, make_exr: Callable) -> None:
    file = make_exr(tmp_path / "ids.exr", {name: np.ones((4, 4), np.uint32) for name in "RGB"})
    with pytest.raises(UnsupportedFileError, match="no layer of color"):
        plate.probe(file, 1001)


def test_a_layer_that_is_not_there_lists_those_that_are(source: Path) -> None:
    with pytest.raises(JobError, match=r"specular.*frame 1001|frame 1001.*specular"):
        plate.probe(source, 1001, "specular")


def test_a_header_that_promises_more_than_memory_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    with pytest.raises(ResourceError, match="memory"):
        plate.probe(source, 1001)


def test_a_header_that_promises_more_than_the_file_holds_is_refused_at_once(source: Path, tmp_path: Path) -> None:
    wide = struct.pack("<4i", 0, 0, 2_000_000_000, 39)
    started = time.monotonic()
    with pytest.raises(InputError, match="promises more"):
        plate.probe(changed(source, tmp_path / "wide.exr", "dataWindow", "box2i", wide), 1001)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("compression", ["NO", "ZIP", "ZIPS", "PIZ", "DWAA"])
def test_a_file_that_was_cut_off_is_an_error_and_never_zeros(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, compression: str
) -> None:
    whole = make_exr(
        tmp_path / "in.exr", half_noise("RGB", 60, 60), compression=getattr(OpenEXR, f"{compression}_COMPRESSION")
    ).read_bytes()
    broken = tmp_path / "cut.exr"
    for length in (0, 3, 8, 100, 330, 400, len(whole) // 2, len(whole) - 1):
        broken.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"cut\.exr"):
            plate.probe(broken, 1001)


def test_any_flipped_byte_is_right_or_one_error(source: Path, tmp_path: Path) -> None:
    whole, broken, rng = source.read_bytes(), tmp_path / "flipped.exr", np.random.default_rng(5)
    positions = [*range(0, 400), *rng.integers(400, len(whole), 60)]
    for position in positions:
        broken.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        try:
            info = plate.probe(broken, 1001)
            plate.read(broken, 1001, info.layers[0])
            plate.write(broken, tmp_path / "out.exr", 1001, info.layers[0], None)
        except VfxAiError as error:
            assert "flipped.exr" in str(error) or "out.exr" in str(error)


def test_what_is_no_picture_is_one_error(tmp_path: Path) -> None:
    for name, content in (("a.exr", b"hello"), ("b.exr", b""), ("c.txt", b"hello"), ("d.dpx", b"SDPX")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=re.escape(name)):
            plate.probe(tmp_path / name, 1001)
    with pytest.raises(InputError, match="no such file"):
        plate.probe(tmp_path / "none.exr", 1001)


def test_nothing_is_left_and_nothing_is_lost_when_writing_fails(
    source: Path, tmp_path: Path, make_patch: Callable
) -> None:
    target = tmp_path / "out" / "clean.exr"
    target.parent.mkdir()
    target.write_bytes(b"what was there")
    patch = make_patch(Window(0, 0, 9, 9), float("nan"))
    with pytest.raises(OutputError, match="NaN"):
        plate.write(source, target, 1001, RGB, patch)
    assert target.read_bytes() == b"what was there"
    assert [path.name for path in target.parent.iterdir()] == ["clean.exr"]


def test_a_folder_that_cannot_be_made_is_an_output_error(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="can't be written"):
        plate.write(source, tmp_path / "out" / "clean.exr", 1001, RGB, None)


def test_other_extensions_are_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"\.dpx"):
        plate.write(source, tmp_path / "clean.dpx", 1001, RGB, None)


WRITER = """
import sys
from pathlib import Path
from vfx_ai.media import plate
from vfx_ai.media.frame import Layer
while True:
    plate.write(Path(sys.argv[1]), Path(sys.argv[2]), 1, Layer("RGB", 0, ("R", "G", "B")), None)
    print("written", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_write_leaves_no_half_file(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB", 300, 400))
    target = tmp_path / "out" / "clean.exr"
    for delay in (0.0, 0.004, 0.011, 0.017):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(source), str(target)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        plate.read(target, 1, RGB)
    plate.write(source, target, 1, RGB, None)
    assert [path.name for path in target.parent.iterdir()] == ["clean.exr"]


JUDGE = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
from vfx_ai.errors import VfxAiError
from vfx_ai.media import plate
for path in sorted(Path(sys.argv[1]).rglob("*")):
    if not path.is_file() or path.suffix in (".rst", ".md") or path.name == "LICENSE":
        continue
    try:
        info = plate.probe(path, 1)
        plate.read(path, 1, info.layers[0])
        plate.write(path, Path(sys.argv[2]) / (path.name + ".exr"), 1, info.layers[0], None)
        print("right", path.name)
    except VfxAiError as error:
        assert path.name in str(error)
        print("error", path.name)
# Linux counts what this process was before it became a Python of its own as part of ru_maxrss.
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
own = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
print("peak", (own or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0] // 1024)
"""


@pytest.mark.shared
@pytest.mark.skipif(os.name == "nt", reason="limits of a process are set otherwise there")
def test_every_public_file_is_right_or_one_clear_error(shared: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", JUDGE, str(shared / "clips" / "exr"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert sum(line.startswith("right") for line in lines) >= 35
    assert int(lines[-1].split()[1]) < 1000


def test_damaged_pixels_are_an_error_when_writing_and_print_nothing(
    tmp_path: Path, make_exr: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    # Smooth, so that it is really compressed: noise would be stored as it is, and any bytes would do.
    smooth = np.tile(np.arange(40, dtype=np.float16), (40, 1))
    source = make_exr(tmp_path / "in.exr", dict.fromkeys("RGB", smooth), compression=OpenEXR.ZIPS_COMPRESSION)
    whole, start = bytearray(source.read_bytes()), read_header(source).table + 8 * 40 + 8
    whole[start : start + 30] = bytes(30)
    (tmp_path / "broken.exr").write_bytes(whole)
    with pytest.raises(InputError, match="damaged"):
        plate.write(tmp_path / "broken.exr", tmp_path / "out.exr", 1001, RGB, None)
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "out.exr").exists()
