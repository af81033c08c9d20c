"""Lists of shots: what they say, and the one error that names row and column before anything runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from vfx_ai.errors import InputError, ResourceError, VfxAiError
from vfx_ai.farm.lists import read_list
from vfx_ai.farm.shots import columns, listed
from vfx_ai.job import Job
from vfx_ai.plates.jobs import Extend

HEAD = "shot,plate,matte,output"


def csv(folder: Path, text: str) -> Path:
    path = folder / "shots.csv"
    path.write_text(text, encoding="utf-8")
    return path


def shots(folder: Path, text: str, **options):
    return listed(read_list(csv(folder, text)), **options)


def test_a_row_is_a_job_with_paths_from_the_lists_folder_on(tmp_path):
    text = "\ufeff" + (
        "Shot,kind,plate,matte,output,Matte-Grow,effects,detail,blend,pad,frames\r\n"
        'sh010,inpaint,sh010/p.####.exr,"m.####.exr",out/sh010/,2,yes,0.5,3,,"1001,1010-1020"\r\n'
        "\r\n"
        'sh020,plate extend,/abs/p.####.exr,,out/sh020/w.####.exr,,,,,"12%,0,12%,0",\r\n'
    )
    first, second = shots(tmp_path, text)
    one, two = first.asked.job, second.asked.job
    assert isinstance(one, Job) and isinstance(two, Extend)
    assert one.plate == str(tmp_path / "sh010" / "p.####.exr") and one.output.startswith(
        str(tmp_path / "out" / "sh010")
    )
    assert (one.matte_grow, one.effects, one.detail, one.blend) == ("2", True, 0.5, 3)
    assert one.frames == "1001,1010-1020" and two.pad == "12%,0,12%,0"
    assert two.plate == "/abs/p.####.exr" and (first.where, second.where) == ("row 2", "row 4")


def test_shots_that_name_none_get_the_matte_and_output_of_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = shots(
        tmp_path,
        "shot,plate,engine\na,a.####.exr,\nb,b.####.exr,flow\n",
        output="out/{shot}/c.####.exr",
        matte="mattes/{shot}.####.exr",
        values={"engine": "temporal"},
    )
    assert [shot.asked.job.output for shot in made] == [str(tmp_path / "out" / n / "c.####.exr") for n in "ab"]
    assert made[1].asked.job.matte == str(tmp_path / "mattes" / "b.####.exr")
    assert [shot.asked.job.engine for shot in made] == ["temporal", "flow"]


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        (f"{HEAD},colour\na,p,m,o/a/\n", "row 1, column 'colour'", "nothing is known"),
        (f"{HEAD},plate\na,p,m,o/a/,p\n", "row 1, column plate", "twice"),
        ("plate,matte,output\np,m,o/a/\n", "row 1, column shot", "isn't there"),
        (f"{HEAD}\na,p,m,o/a/,,more\n", "row 2, column 5", "more values"),
        (f"{HEAD}\na,p,m,o/a/\n,p,m,o/b/\n", "row 3, column shot", "name is ''"),
        (f"{HEAD}\n../a,p,m,o/a/\n", "row 2, column shot", "name is"),
        (f"{HEAD}\na,p,m,o/a/\nA,p,m,o/b/\n", "row 3, column shot", "row 2 as well"),
        (f"{HEAD}\na,p,m,o/\nb,p,m,o/\n", "row 3, column output", "row 2 as well"),
        (f"{HEAD}\na,p,,o/a/\n", "row 2, column matte", "empty"),
        (f"{HEAD}\na,,m,o/a/\n", "row 2, column plate", "empty"),
        (f"{HEAD},kind\na,p,m,o/a/,paint\n", "row 2, column kind", "paint"),
        (f"{HEAD},pad\na,p,m,o/a/,3\n", "row 2, column pad", "no such setting"),
        (f"{HEAD},effects\na,p,m,o/a/,perhaps\n", "row 2, column effects", "perhaps"),
        (f"{HEAD},blend\na,p,m,o/a/,1.5\n", "row 2, column blend", "1.5"),
        (f"{HEAD},detail\na,p,m,o/a/,7\n", "row 2, column detail", "7"),
        (f"{HEAD},device\na,p,m,o/a/,tpu\n", "row 2, column device", "tpu"),
        (f"{HEAD},engine\na,p,m,o/a/,magic\n", "row 2, column engine", "magic"),
        (f"{HEAD},matte_grow\na,p,m,o/a/,lots\n", "row 2, column matte_grow", "lots"),
        (f"{HEAD},memory\na,p,m,o/a/,1K\n", "row 2, column memory", "1K"),
        (f"{HEAD},focal\na,p,m,o/a/,wide\n", "row 2, column focal", "wide"),
    ],
)
def test_a_list_with_a_fault_is_one_error_that_names_row_and_column(text, where, words, tmp_path):
    with pytest.raises(VfxAiError) as refused:
        shots(tmp_path, text)
    assert refused.value.message.startswith(f"{where}: ") or f"{where}," in refused.value.message, refused.value.message
    assert words in refused.value.message and refused.value.remedy
    assert refused.value.file == str(tmp_path / "shots.csv")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("shots.csv", b"", "empty"),
        ("shots.csv", b"shot\n\xff\xfe", "UTF-8"),
        ("shots.csv", b"shot,plate\n\n", "no shot|holds no"),
        ("shots.xlsx", b"PK", "is no .xlsx"),
        ("shots.csv", b"shot,plate\na," + b"x" * 21_000_000, "larger than"),
        ("show.otio", b"[" * 5000, "nested"),
        ("show.otio", b"{}", "can't be read"),
        ("show.otio", b'{"OTIO_SCHEMA": "Clip.2"', "can't be read"),
    ],
)
def test_a_file_that_is_no_list_is_one_error(name, data, words, tmp_path):
    if name.endswith(".otio"):
        pytest.importorskip("opentimelineio", reason="OpenTimelineIO isn't installed")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(VfxAiError, match=words):
        listed(read_list(tmp_path / name))


def test_a_list_that_is_not_there_is_one_error(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        read_list(tmp_path / "shots.csv")


def edit(folder: Path, **metadata) -> Path:
    """An edit of two clips; the first is marked with `metadata`."""
    otio = pytest.importorskip("opentimelineio", reason="OpenTimelineIO isn't installed")

    def span(start: int, count: int):
        return otio.opentime.TimeRange(otio.opentime.RationalTime(start, 24), otio.opentime.RationalTime(count, 24))

    sequence = otio.schema.ImageSequenceReference(
        target_url_base=f"file://{folder.as_posix()}/sh010",
        name_prefix="plate.",
        name_suffix=".exr",
        start_frame=1001,
        rate=24,
        frame_zero_padding=4,
        available_range=span(0, 50),
    )
    first = otio.schema.Clip("sh010", sequence, span(8, 12))
    second = otio.schema.Clip("sh020", otio.schema.ExternalReference("sh020/plate.####.exr"), span(1001, 5))
    first.metadata["vfx_ai"] = metadata
    if not metadata:
        first.metadata.clear()
    timeline = otio.schema.Timeline("show")
    track = otio.schema.Track("v1")
    track.extend([first, otio.schema.Gap(source_range=span(0, 10)), second])
    timeline.tracks.append(track)
    path = folder / "show.otio"
    path.write_text(timeline.to_json_string(), encoding="utf-8")
    return path


def test_an_edit_gives_its_clips_with_the_frames_of_the_cut(tmp_path):
    first, second = listed(read_list(edit(tmp_path)), str(tmp_path / "{shot}" / "c.####.exr"), str(tmp_path / "m.exr"))
    assert first.asked.job.plate == str(tmp_path / "sh010" / "plate.####.exr")
    assert (first.asked.job.frames, second.asked.job.frames) == ("1009-1020", "1001-1005")
    assert second.asked.job.plate == str(tmp_path / "sh020" / "plate.####.exr")


def test_marked_clips_alone_are_taken_where_any_is_marked(tmp_path):
    path = edit(tmp_path, matte="m/####.exr", output="out/sh010/", effects=True, blend=2)
    (only,) = listed(read_list(path))
    assert only.name == "sh010" and only.where == "clip sh010"
    assert isinstance(only.asked.job, Job) and only.asked.job.effects and only.asked.job.blend == 2
    with pytest.raises(VfxAiError, match="clip sh010, column colour"):
        read_list(edit(tmp_path, colour="red"))
    with pytest.raises(VfxAiError, match="clip sh010, column matte"):
        read_list(edit(tmp_path, matte=["a"]))


def test_without_opentimelineio_the_error_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "show.otio").write_text(json.dumps({}))
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    with pytest.raises(ResourceError) as refused:
        read_list(tmp_path / "show.otio")
    assert "vfx-ai[farm]" in refused.value.remedy


def test_the_columns_are_the_settings_of_all_commands():
    assert {"shot", "kind", "plate", "matte", "output", "pad", "effects"} <= set(columns())
    assert "single" not in columns()


@pytest.mark.parametrize(
    ("media", "told"),
    [
        ({"target_url": "http://[::1/x"}, "make no sense"),
        ({"target_url": "file://[bad/x.####.exr"}, "make no sense"),
        ({"frame_zero_padding": 10**9}, "1,000,000,000 digits"),
        ({"frame_zero_padding": 300}, "300 digits"),
    ],
)
def test_a_clip_whose_media_make_no_sense_is_named_and_takes_no_memory(media, told, tmp_path):
    otio = pytest.importorskip("opentimelineio", reason="OpenTimelineIO isn't installed")
    sequence = "frame_zero_padding" in media
    reference = (
        otio.schema.ImageSequenceReference("shot/", "p.", ".exr") if sequence else otio.schema.ExternalReference()
    )
    for name, value in media.items():
        setattr(reference, name, value)
    track = otio.schema.Track("v1")
    track.append(otio.schema.Clip("sh010", reference))
    edit = otio.schema.Timeline("show")
    edit.tracks.append(track)
    edit.to_json_file(str(tmp_path / "show.otio"))
    with pytest.raises(VfxAiError, match=told) as caught:
        read_list(tmp_path / "show.otio")
    assert "clip sh010" in str(caught.value) and "show.otio" in str(caught.value) and caught.value.remedy
