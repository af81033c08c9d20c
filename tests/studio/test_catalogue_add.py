"""What comes into a catalogue: folders, sequences and movies, once, and again where they changed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from studios import TODAY, lib, measured, write_frames, write_rights

from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import find_shot, shots_of, titles_of
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_check import check
from vfx_ai.studio.catalogue_find import find
from vfx_ai.studio.catalogue_words import find_words
from vfx_ai.studio.looks_kept import thumbnail_of, write_thumbnail
from vfx_ai.studio.rights import cleared_shots


def test_a_folder_comes_in_with_all_that_is_in_it(tmp_path, footage):
    with opened(lib(tmp_path), make=True) as catalogue:
        added = add(catalogue, footage, title="Häfen", tags=["Night", "sea"], rights=write_rights(tmp_path))
        assert set(added.shots) == {"Häfen/still.7", "Häfen/sc 010/plate", "Häfen/名 020/plate"}
        assert [path.rpartition("/")[2] for path, _ in added.skipped] == ["matte.1001.exr"]
        shot = find_shot(catalogue, "Häfen/sc 010/plate")
        assert (shot.kind, shot.first, shot.last, shot.count, shot.width, shot.height) == (
            "sequence",
            1001,
            1004,
            3,
            48,
            36,
        )
        assert shot.path == str(footage / "sc 010" / "plate.####.exr")
        assert shot.tags == ("night", "sea") and shot.bytes > 0
        assert shot.light["mean"][0] > shot.light["mean"][2] and shot.light["brightest"] > 0.5
        assert cv2.imdecode(np.frombuffer(thumbnail_of(catalogue, shot), np.uint8), cv2.IMREAD_COLOR).shape == (
            36,
            48,
            3,
        )
        assert {one.title for one in cleared_shots(catalogue, "training", on=TODAY).allowed} == {"Häfen"}
        assert ledger.check(catalogue.folder) == ()
        assert write_thumbnail(catalogue, shot, tmp_path / "t.jpg").stat().st_size > 100
        with pytest.raises(OutputError, match="thumbnails are JPEG"):
            write_thumbnail(catalogue, shot, tmp_path / "t.png")


def test_motion_is_a_share_of_the_width(tmp_path, make_exr):
    write_frames(make_exr, tmp_path, "moves", (1, 2, 3), size=(64, 96))
    with opened(lib(tmp_path), make=True) as catalogue:
        add(catalogue, tmp_path / "moves.#.exr", title="T")
        (shot,) = shots_of(catalogue)
    assert shot.motion == pytest.approx(2 / 96, rel=0.3)


def test_what_is_there_is_not_read_again_and_what_changed_is(tmp_path, footage, make_exr):
    with opened(lib(tmp_path), make=True) as catalogue:
        first = add(catalogue, footage, title="Häfen")
        again = add(catalogue, footage, title="Häfen")
        assert (again.shots, again.changed, again.known) == ((), (), len(first.shots))
        add(catalogue, footage / "sc 010", title="Häfen", tags=["crane"], notes="take two")
        (found,) = find_words(catalogue, "crane take")
        assert (found.name, found.tags, found.notes) == ("Häfen/sc 010/plate", ("crane",), "take two")
        assert [shot.name for shot in shots_of(catalogue, tag="crane")] == [found.name]
        add(catalogue, footage / "名 020", title="Häfen", tags=["dusk"], notes="wide")
        before = find_shot(catalogue, "Häfen/名 020/plate")
        write_frames(make_exr, footage / "名 020", "plate", (1, 2, 3), (0.9, 0.9, 0.1))
        third = add(catalogue, footage, title="Häfen", tags=["night"])
        after = find_shot(catalogue, "Häfen/名 020/plate")
        assert third.changed == ("Häfen/名 020/plate",) and third.shots == ()
        assert (after.id, after.last) == (before.id, 3) and after.content != before.content
        assert (after.tags, after.notes) == (("dusk", "night"), "wide")  # what was said of it stays
        assert len(shots_of(catalogue)) == len(first.shots)
        assert check(catalogue).passed


def test_footage_is_part_of_one_title(tmp_path, footage):
    with opened(lib(tmp_path), make=True) as catalogue:
        add(catalogue, footage / "sc 010", title="Häfen")
        with pytest.raises(JobError, match="it is in the catalogue as Häfen/plate, part of Häfen"):
            add(catalogue, footage / "sc 010", title="Another")


@pytest.mark.parametrize("title", ["", " ", "x" * 300, "a\x00b"])
def test_a_title_must_have_letters(title, tmp_path, footage):
    with opened(lib(tmp_path), make=True) as catalogue, pytest.raises(JobError, match="the title is"):
        add(catalogue, footage, title=title)


def test_nothing_to_add_is_an_error(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.1001.exr").write_bytes(b"no exr")
    (tmp_path / "broken" / "b.mov").write_bytes(b"no movie")
    with opened(lib(tmp_path), make=True) as catalogue:
        for what, words in (("empty", "no picture"), ("broken", "nothing of it came in"), ("none.mov", "no such")):
            with pytest.raises(InputError, match=words):
                add(catalogue, tmp_path / what, title="T")
            assert titles_of(catalogue) == () == shots_of(catalogue)


def movie(path, shots, size=(96, 64), fps=24.0):
    """A movie of still shots (frames, color BGR) with a little noise."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, size)
    rng = np.random.default_rng(1)
    for count, color in shots:
        texture = rng.integers(-30, 30, (size[1] // 8, size[0] // 8, 1)).repeat(8, 0).repeat(8, 1)
        picture = np.clip(np.array(color) + texture, 0, 255).astype(np.uint8)
        for _ in range(count):
            writer.write(picture)
    writer.release()
    return path


def test_a_movie_is_split_where_it_cuts(tmp_path):
    path = movie(tmp_path / "reel 1.avi", [(20, (20, 20, 180)), (15, (180, 60, 20)), (12, (40, 170, 40))])
    with opened(lib(tmp_path), make=True) as catalogue:
        added = add(catalogue, path, title="Reel", tags=["dailies"])
        assert added.shots == ("Reel/reel 1/001", "Reel/reel 1/002", "Reel/reel 1/003")
        shots = shots_of(catalogue)
        assert [(shot.kind, shot.first, shot.last, shot.count) for shot in shots] == [
            ("movie", 0, 19, 20),
            ("movie", 20, 34, 15),
            ("movie", 35, 46, 12),
        ]
        assert {(shot.fps, shot.width, shot.height) for shot in shots} == {(24.0, 96, 64)}
        assert find(catalogue, color="red")[0].shot.name == "Reel/reel 1/001"
        assert find(catalogue, color="#28aa28")[0].shot.name == "Reel/reel 1/003"
        assert add(catalogue, path, title="Reel").known == 3
        assert check(catalogue).passed
        movie(path, [(20, (20, 20, 180)), (27, (180, 60, 20))])
        assert [name for name, _ in check(catalogue).changed] == [shot.name for shot in shots]
        anew = add(catalogue, path, title="Reel")
        assert len(shots_of(catalogue)) == 2 and anew.changed
        assert check(catalogue).passed


def test_a_movie_can_stay_one_shot_and_without_scenedetect_must(tmp_path, monkeypatch):
    path = movie(tmp_path / "reel.avi", [(10, (20, 20, 180)), (10, (180, 60, 20))])
    monkeypatch.setitem(__import__("sys").modules, "scenedetect", None)
    with opened(lib(tmp_path), make=True) as catalogue:
        with pytest.raises(Exception, match=r"vfx-ai\[studio\]") as told:
            add(catalogue, path, title="Reel")
        assert told.value.exit_code == 6
        add(catalogue, path, title="Reel", cuts=False)
        (shot,) = shots_of(catalogue)
    assert (shot.first, shot.last, shot.name) == (0, 19, "Reel/reel")


def test_names_in_the_catalogue_are_unlike_each_other(tmp_path):
    with opened(lib(tmp_path), make=True) as catalogue:
        from pathlib import Path

        from vfx_ai.studio.catalogue_keep import Asked, keep
        from vfx_ai.studio.found import Found

        for folder in ("a", "b"):
            path = f"/{folder}/plate.####.exr"
            keep(catalogue, Asked("T", None, (), "", "", True), Found(object(), Path(path), "plate"), (measured(path),))
        assert [shot.name for shot in shots_of(catalogue)] == ["T/plate", "T/plate-2"]
        assert find_shot(catalogue, "#2").name == "T/plate-2"
        with pytest.raises(JobError, match=r"no shot 'T/plat'") as told:
            find_shot(catalogue, "T/plat")
        assert "T/plate" in told.value.remedy


def test_a_color_space_that_is_given_later_counts_for_what_is_there(tmp_path, make_exr):
    write_frames(make_exr, tmp_path / "shots", numbers=(1001,))
    with opened(tmp_path / "lib", make=True) as catalogue:
        (name,) = add(catalogue, tmp_path / "shots", title="Harbour").shots
        before = find_shot(catalogue, name)
        made = add(catalogue, tmp_path / "shots", title="Harbour", colorspace="logc4")
        after = find_shot(catalogue, name)
        assert made.changed == (name,) and (before.colorspace, after.colorspace) == ("", "logc4")
        assert after.light != before.light and after.content == before.content
        again = add(catalogue, tmp_path / "shots", title="Harbour")  # what was given stays
        assert again.known == 1 and find_shot(catalogue, name).colorspace == "logc4"
