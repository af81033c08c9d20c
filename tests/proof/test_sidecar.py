"""The sidecar tells what a result was made of, whatever ran when; and one from a stranger is read with care."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import rendered
from rendered import Rendered, render, results

from vfx_ai.errors import InputError, Interrupted
from vfx_ai.job import Job
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.hashing import hash_file
from vfx_ai.media.stamp import read_stamp
from vfx_ai.proof import hashes
from vfx_ai.proof.hashes import Hashes
from vfx_ai.proof.sidecar import HashedFile, Input, ResultFrame, Sidecar, read_sidecar, sidecar_of, write_sidecar
from vfx_ai.run import run

FRAMES = 5


def job(shot: Rendered, out: Path, **fields: Any) -> Job:
    return Job(
        **{
            "plate": shot.plate,
            "matte": shot.matte,
            "output": str(out / "clean.####.exr"),
            "engine": "temporal",
            **fields,
        }
    )


def sha(path: Path | str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(tmp_path_factory.mktemp("shot"), rendered.locked(), frames=FRAMES, size=(32, 48))


@pytest.fixture(scope="module")
def whole(shot: Rendered) -> Path:
    run(job(shot, shot.folder / "whole"))
    return shot.folder / "whole"


def test_it_names_every_file_that_was_read_and_written_with_its_hash(shot: Rendered, whole: Path) -> None:
    known = read_sidecar(whole / "clean.vfxai.json")
    assert [(one.field, len(one.files)) for one in known.inputs] == [("plate", FRAMES), ("matte", FRAMES)]
    for one in known.inputs:
        for file in one.files:
            assert (file.sha256, file.bytes) == (sha(file.path), Path(file.path).stat().st_size)
            assert Path(file.path).is_absolute() and str(file.frame) in file.path
    assert [frame.frame for frame in known.frames] == list(shot.numbers)
    assert all(frame.sha256 == sha(whole / frame.file) for frame in known.frames)
    assert known.verdict == "identical outside the matte" and known.engine["name"] == "temporal"
    assert known.asked["plate"] == shot.plate and known.versions["torch"]
    total = json.loads((whole / "clean.vfxai.json").read_text())["totals"]
    assert total["pixels"] == sum(known.made.values()) > 0
    assert sum(total["shares"].values()) == pytest.approx(1, abs=1e-4)


def test_headers_and_sidecar_say_the_same(whole: Path) -> None:
    known = read_sidecar(whole / "clean.vfxai.json")
    for frame in known.frames:
        said = read_stamp(read_header(whole / frame.file).parts[0])
        assert (said["job"], said["pixels"]) == (known.job, sum(frame.by_source.values()))


def test_a_frame_says_the_same_whatever_else_was_in_its_run_and_wherever_files_lie(
    shot: Rendered, whole: Path, tmp_path: Path
) -> None:
    for path in shot.folder.glob("*.exr"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    plate, matte = str(tmp_path / "plate.####.exr"), str(tmp_path / "matte.####.exr")
    run(job(shot, tmp_path / "out", plate=plate, matte=matte, frames=str(shot.numbers[2])))
    (path,) = results(tmp_path / "out").values()
    assert path.read_bytes() == (whole / path.name).read_bytes()


def test_parts_of_a_shot_that_are_run_one_after_the_other_are_all_in_it(
    shot: Rendered, whole: Path, tmp_path: Path
) -> None:
    for frames in (f"{shot.numbers[3]}-{shot.numbers[4]}", f"{shot.numbers[0]}-{shot.numbers[2]}"):
        run(job(shot, tmp_path, frames=frames))
    known, once = (read_sidecar(folder / "clean.vfxai.json") for folder in (tmp_path, whole))
    assert known.frames == once.frames and known.inputs == once.inputs and known.job == once.job


def test_a_frame_that_was_changed_since_is_not_in_it(shot: Rendered, tmp_path: Path) -> None:
    run(job(shot, tmp_path))
    victim = results(tmp_path)[shot.numbers[1]]
    victim.write_bytes(victim.read_bytes() + b"x")
    run(job(shot, tmp_path, frames=str(shot.numbers[0])))
    assert shot.numbers[1] not in [frame.frame for frame in read_sidecar(tmp_path / "clean.vfxai.json").frames]


def small(**others: Any) -> Sidecar:
    files = (HashedFile(1, "/show/plate.0001.exr", 7, "b" * 64),)
    frames = (ResultFrame(1, "clean.0001.exr", 9, "c" * 64, {"1": 3, "6": 1}, "flow"),)
    return Sidecar(
        "inpaint", {"plate": "p"}, "a" * 64, "clean.####.exr", (Input("plate", "p", files),), frames, **others
    )


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    known = small(notes=("a ü\udcff",), seeds={"grain": "x"}, models=({"name": "m"},))
    path = sidecar_of(str(tmp_path / "clean.####.exr"))
    write_sidecar(known, path)
    assert path.name == "clean.vfxai.json" and read_sidecar(path) == known
    assert known.made == {"real": 3, "patch": 0, "painted": 0, "generated": 0, "smooth": 1}


def changed(where: list[Any], value: Any) -> dict[str, Any]:
    data = json.loads(json.dumps({"format": "vfx-ai sidecar", "schema": 1, **asdict(small())}))
    inner = data
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    return data


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (["format"], "other", "no sidecar"),
        (["schema"], 2, "another schema"),
        (["surprise"], 1, "'surprise' is unknown"),
        (["job"], "zz", "no SHA-256"),
        (["kind"], 5, "kind is no text"),
        (["pattern"], "../clean.####.exr", "no file's name"),
        (["inputs"], {}, "inputs is no list"),
        (["inputs", 0, "files", 0, "path"], "a\0b", "no text"),
        (["inputs", 0, "files", 0, "bytes"], -1, "size below 0"),
        (["inputs", 0, "files", 0, "bytes"], 1e400, "no whole number"),
        (["inputs", 0, "files", 0], 3, "no table"),
        (["frames", 0, "file"], "../../etc/passwd", "no file's name"),
        (["frames", 0, "file"], "c:\\x.exr", "no file's name"),
        (["frames", 0, "file"], "..", "no file's name"),
        (["frames", 0, "frame"], True, "no whole number"),
        (["frames", 0, "by_source"], {"9": 1}, "unknown kind"),
        (["frames", 0, "by_source"], {"1": -1}, "below 0"),
    ],
)
def test_what_could_not_have_been_written_is_refused(tmp_path: Path, where: list[Any], value: Any, said: str) -> None:
    path = tmp_path / "x.vfxai.json"
    path.write_text(json.dumps(changed(where, value)))
    with pytest.raises(InputError, match=said):
        read_sidecar(path)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"[" * 200_000, b"\xff\xfe\x00", b'{"format": NaN'])
def test_what_is_no_sidecar_is_one_clear_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.vfxai.json").write_bytes(data)
    with pytest.raises(InputError):
        read_sidecar(tmp_path / "x.vfxai.json")


def test_twice_the_same_frame_and_a_huge_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.vfxai.json"
    data = changed(["kind"], "inpaint")
    path.write_text(json.dumps({**data, "frames": data["frames"] * 2}))
    with pytest.raises(InputError, match="twice"):
        read_sidecar(path)
    monkeypatch.setattr("vfx_ai.proof.sidecar.MOST_BYTES", 10)
    with pytest.raises(InputError, match="larger"):
        read_sidecar(path)


def aged(path: Path, data: bytes, seconds: float = 60) -> Path:
    path.write_bytes(data)
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own time of change can't be set back, so files count as settled at once."""
    monkeypatch.setattr(hashes, "SETTLED_SECONDS", -1.0)


@pytest.mark.usefixtures("settled")
def test_a_file_that_stayed_as_it_was_is_hashed_once(tmp_path: Path) -> None:
    path, memory = aged(tmp_path / "a", b"one"), tmp_path / "hashes.json"
    first = Hashes(memory)
    assert first.of(path) == hash_file(path) and first.read_bytes == 3
    assert first.of(path) == first.of(path) and first.read_bytes == 3
    first.keep()
    second = Hashes(memory)
    assert second.of(path).sha256 == hashlib.sha256(b"one").hexdigest() and second.read_bytes == 0


@pytest.mark.usefixtures("settled")
def test_a_file_with_other_bytes_of_the_same_size_and_time_is_hashed_anew(tmp_path: Path) -> None:
    path, memory = aged(tmp_path / "a", b"one"), tmp_path / "hashes.json"
    known, stat = Hashes(memory), path.stat()
    known.of(path)
    known.keep()
    time.sleep(0.02)
    path.write_bytes(b"two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Hashes(memory).of(path).sha256 == hashlib.sha256(b"two").hexdigest()


def test_a_file_that_was_written_just_now_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    known = Hashes(tmp_path / "hashes.json")
    known.of(tmp_path / "a")
    known.keep()
    assert json.loads((tmp_path / "hashes.json").read_text()) == {}


@pytest.mark.usefixtures("settled")
def test_stopped_while_it_hashes_what_is_hashed_stays(
    shot: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(job(shot, tmp_path))
    (tmp_path / "clean.vfx-ai" / "hashes.json").unlink()
    seen = []

    def stop_at_the_third(path: Path, frame: int | None = None, check: Any = None) -> hashes.FileHash:
        seen.append(path)
        if len(seen) == 3:
            raise Interrupted("stopped")
        return hash_file(path, frame, check)

    monkeypatch.setattr(hashes, "hash_file", stop_at_the_third)
    with pytest.raises(Interrupted):
        run(job(shot, tmp_path))
    assert len(json.loads((tmp_path / "clean.vfx-ai" / "hashes.json").read_text())) == 2
    run(job(shot, tmp_path))
    assert len(seen) == 2 + 1 + (3 * FRAMES - 2)


@pytest.mark.parametrize("memory", ["{", "[]", '{"/a": 3}', '{"/a": [1, 2, 3, "x"]}'])
def test_a_memory_that_makes_no_sense_is_begun_anew(tmp_path: Path, memory: str) -> None:
    (tmp_path / "hashes.json").write_text(memory)
    (tmp_path / "a").write_bytes(b"one")
    assert Hashes(tmp_path / "hashes.json").of(tmp_path / "a").bytes == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names here")
def test_a_pipe_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="no such file"):
        hash_file(tmp_path / "pipe")
