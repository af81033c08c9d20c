from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
from contextlib import closing
from pathlib import PurePosixPath, PureWindowsPath

import cv2
import numpy as np
import pytest
from studios import TODAY, measured, put, stock, write_frames, write_rights

from vfx_ai.errors import InputError, Interrupted, JobError, OutputError
from vfx_ai.media.sequence import sequences_in
from vfx_ai.studio import catalogue_base, ledger
from vfx_ai.studio.catalogue import find_shot, shots_of, title_of, titles_of
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_base import NAME, opened
from vfx_ai.studio.catalogue_change import remove, withdraw
from vfx_ai.studio.catalogue_check import check
from vfx_ai.studio.catalogue_find import color_of, find
from vfx_ai.studio.catalogue_words import STALE, find_words
from vfx_ai.studio.looks_kept import thumbnail_of, write_thumbnail
from vfx_ai.studio.rights import cleared_shots


def lib(tmp_path):
    return tmp_path / "lib"


@pytest.fixture
def footage(tmp_path, make_exr):
    """Two sequences, one with a gap, and a still, in folders with spaces and letters of the world."""
    root = tmp_path / "Über den Häfen"
    for folder in (root / "sc 010", root / "名 020"):
        folder.mkdir(parents=True)
    write_frames(make_exr, root / "sc 010", "plate", (1001, 1002, 1004), (0.5, 0.1, 0.05))
    write_frames(make_exr, root / "名 020", "plate", (1, 2), (0.05, 0.2, 0.6))
    write_frames(make_exr, root, "still", (7,), (0.2, 0.2, 0.2))
    make_exr(root / "matte.1001.exr", {"A": np.ones((36, 48), np.float16)})
    (root / "notes.txt").write_text("no footage")
    return root


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


def test_adding_that_is_stopped_leaves_nothing_half_and_goes_on(tmp_path, footage):
    with opened(lib(tmp_path), make=True) as catalogue:
        for steps in range(3, 40, 5):
            asked = iter(range(steps))
            try:
                add(catalogue, footage, title="Häfen", cancelled=lambda left=asked: next(left, None) is None)
                break
            except Interrupted as stopped:
                assert "goes on from here" in stopped.remedy
            whole = shots_of(catalogue)
            assert all(thumbnail_of(catalogue, shot) for shot in whole)
            assert check(catalogue).passed
        else:
            raise AssertionError("it never came to its end")
        assert len(shots_of(catalogue)) == 3


def test_a_change_that_fails_changes_nothing(tmp_path, monkeypatch):
    with stock(tmp_path) as catalogue:
        monkeypatch.setattr("vfx_ai.studio.catalogue_keep.keep_words", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            put(catalogue, "Harbour", "sc030")
        assert [shot.name for shot in shots_of(catalogue)] == ["Harbour/sc010", "Harbour/sc020"]
        assert catalogue.base.execute("SELECT count(*) FROM looks").fetchone() == (2,)
        assert check(catalogue, on=TODAY).ledger == ()


def fill(folder, who):
    with opened(folder, make=True) as catalogue:
        for number in range(6):
            put(catalogue, who, f"own {number}")
            put(catalogue, "Both", f"shared {number}")


def test_two_may_add_at_once(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=fill, args=(lib(tmp_path), who)) for who in ("One", "Other")]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    with opened(lib(tmp_path)) as catalogue:
        assert {title.title: title.shots for title in titles_of(catalogue)} == {"One": 6, "Other": 6, "Both": 6}
        assert ledger.check(catalogue.folder) == ()
        assert sum(entry.kind == "shot" for entry in ledger.read(catalogue.folder)) == 18


def test_one_that_waits_too_long_is_told_so(tmp_path, monkeypatch):
    with stock(tmp_path):
        pass
    monkeypatch.setattr(catalogue_base, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(lib(tmp_path) / NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OutputError, match="held the catalogue for too long"), opened(lib(tmp_path)) as catalogue:
            put(catalogue, "Harbour", "sc030")


def statements(catalogue, work):
    """How many statements SQLite ran, and what came of it; the index of words merges its own tables now and then."""
    said = []
    catalogue.base.set_trace_callback(said.append)
    made = work()
    catalogue.base.set_trace_callback(None)
    return sum("words_" not in one for one in said), made


def test_listing_is_one_query_however_many_there_are(tmp_path):
    with opened(lib(tmp_path), make=True) as catalogue:
        put(catalogue, "T", "first", tags=["one"])
        few = statements(catalogue, lambda: shots_of(catalogue))
        template = catalogue.base.execute("SELECT * FROM shots").fetchone()
        columns = [row[1] for row in catalogue.base.execute("PRAGMA table_info(shots)")]
        rows = []
        for number in range(2, 10_001):
            values = dict(zip(columns, template, strict=True))
            values |= {"id": number, "name": f"T/{number:05d}", "path": f"/f/{number}"}
            rows.append(tuple(values.values()))
        with catalogue_base.changing(catalogue):
            catalogue.base.executemany(f"INSERT INTO shots VALUES ({', '.join('?' * len(columns))})", rows)
        many = statements(catalogue, lambda: shots_of(catalogue))
        assert (few[0], many[0]) == (1, 1)
        assert (len(few[1]), len(many[1])) == (1, 10_000)
        assert len(shots_of(catalogue, most=5)) == 5
        plan = catalogue.base.execute("EXPLAIN QUERY PLAN SELECT id FROM shots WHERE path = ?", ("/f/9",)).fetchall()
        assert "USING" in plan[0][3] and "INDEX" in plan[0][3]


def test_adding_takes_as_many_statements_for_the_last_shot_as_for_the_first(tmp_path):
    with opened(lib(tmp_path), make=True) as catalogue:
        put(catalogue, "T", "before")
        counts = [statements(catalogue, lambda n=n: put(catalogue, "T", f"shot {n}"))[0] for n in range(40)]
    assert len(set(counts)) == 1


def test_a_folder_of_many_sequences_is_listed_once(tmp_path, monkeypatch):
    for number in range(60):
        (tmp_path / f"shot{number:03d}_a.1001.exr").touch()
        (tmp_path / f"shot{number:03d}_a.1002.exr").touch()
    import vfx_ai.media.sequence as module

    listed, real = [], module._names_in
    monkeypatch.setattr(module, "_names_in", lambda folder: listed.append(folder) or real(folder))
    found = sequences_in(tmp_path)
    assert len(found) == 60 and listed == [tmp_path]
    assert {one.frames for one in found} == {(1001, 1002)}


def test_words_are_found_in_titles_names_tags_and_notes(tmp_path):
    with opened(lib(tmp_path), make=True) as catalogue:
        put(catalogue, "Häfen der Nacht", "sc_010/Boote", tags=["water"], notes="long lens")
        put(catalogue, "Desert", "dunes", tags=["sand"], notes="Nacht, moon")
        for mode in ("indexed", STALE):
            if mode == STALE:
                catalogue.base.execute("INSERT INTO facts VALUES ('words', ?)", (STALE,))
            assert {m.name for m in find_words(catalogue, "nacht")} == {"Häfen der Nacht/sc_010/Boote", "Desert/dunes"}
            for words in ("HAFEN", "häf boo", "sc 010", "water lens", "long_lens"):
                assert [m.name for m in find_words(catalogue, words)] == ["Häfen der Nacht/sc_010/Boote"], words
            assert find_words(catalogue, "achen") == ()
        with pytest.raises(JobError, match="no word"):
            find_words(catalogue, '"*%')


def test_what_a_search_asks_is_never_a_query(tmp_path):
    with stock(tmp_path) as catalogue:
        for words in ("harbour' OR 1=1 --", 'harbour" OR "x', "harbour NOT sc010", "harbour*", "NEAR(harbour)"):
            find(catalogue, words)
        assert len(shots_of(catalogue)) == 2
        with pytest.raises(JobError, match="no title"):
            shots_of(catalogue, title="Harbour' OR '1'='1")


def test_a_picture_finds_what_is_like_it(tmp_path, footage, make_exr):
    like = write_frames(make_exr, tmp_path, "like", (1,), (0.55, 0.12, 0.06))
    with opened(lib(tmp_path), make=True) as catalogue:
        add(catalogue, footage, title="Häfen")
        first, *others = find(catalogue, like=str(like).replace("####", "1"))
        assert first.shot.name == "Häfen/sc 010/plate"
        assert 0.6 < first.score <= 1 and all(first.score > other.score + 0.1 for other in others)
        assert [m.shot.name for m in find(catalogue, "plate", color="blue", most=1)] == ["Häfen/名 020/plate"]
        with pytest.raises(JobError, match="nothing was asked"):
            find(catalogue)


@pytest.mark.parametrize(
    ("text", "color"), [("#ff8000", (255, 128, 0)), ("1, 2,3", (1, 2, 3)), ("Teal", (40, 130, 130))]
)
def test_a_color_is_written_in_three_ways(text, color):
    assert color_of(text) == tuple(value / 255 for value in color)


@pytest.mark.parametrize("text", ["", "mauve-ish", "300,0,0", "#12345", "1,2"])
def test_another_color_is_refused(text):
    with pytest.raises(JobError, match="color is"):
        color_of(text)


def test_check_tells_what_changed_and_what_vanished(tmp_path, footage):
    with opened(lib(tmp_path), make=True) as catalogue:
        add(catalogue, footage, title="Häfen", rights=write_rights(tmp_path, until="2026-12-24"))
        whole = check(catalogue, on=TODAY)
        assert whole.passed and whole.shots == 3 and whole.rights == (("Häfen", "expires on 2026-12-24"),)
        copied = footage / "sc 010" / "plate.1001.exr"
        shutil.copy(copied, tmp_path / "copy")
        (tmp_path / "copy").replace(copied)  # another time, the same contents
        assert check(catalogue, on=TODAY).passed
        (footage / "sc 010" / "plate.1002.exr").unlink()
        other = footage / "名 020" / "plate.2.exr"
        stat = other.stat()
        data = bytearray(other.read_bytes())
        data[-1] ^= 1
        other.write_bytes(data)
        __import__("os").utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        found = check(catalogue, on=TODAY)
        assert found.vanished == (("Häfen/sc 010/plate", "plate.1002.exr"),)
        assert found.changed == () and not found.passed
        assert check(catalogue, contents=True, on=TODAY).changed == (("Häfen/名 020/plate", "plate.2.exr"),)


def test_check_tells_of_rights(tmp_path):
    people = "[{name: Ada, consents: [], shots: ['*sc099*']}]"
    with stock(tmp_path, titles=("Old",), until="2026-01-31", people=people) as catalogue:
        put(catalogue, "Bare", "one")
        (tmp_path / "Old.yaml").write_text("changed: 1\n")
        lines = dict.fromkeys(check(catalogue, on=TODAY).rights)
    assert next(iter(lines)) == ("Bare", "no rights file: nothing of it is cleared")
    words = " ".join(line for _, line in lines)
    assert "expired on 2026-01-31" in words and "gone or can't be read" in words
    assert "Ada: no shot is named *sc099*" in words


def test_what_was_changed_by_hand_is_found(tmp_path):
    with stock(tmp_path) as catalogue:
        catalogue.base.execute("UPDATE shots SET content = 'other' WHERE name = 'Harbour/sc020'")
        (line,) = check(catalogue, on=TODAY).ledger
    assert "Harbour/sc020 isn't in the ledger as it is in the catalogue" in line


def test_removing_takes_all_of_it_out_of_the_database(tmp_path):
    with stock(tmp_path, titles=("Harbour", "Desert")) as catalogue:
        assert remove(catalogue, "Harbour/sc010") == ("Harbour/sc010",)
        assert remove(catalogue, "Desert") == ("Desert/sc010", "Desert/sc020")
        assert [title.title for title in titles_of(catalogue)] == ["Harbour"]
        for table in ("looks", "files", "words"):
            assert catalogue.base.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
        assert check(catalogue, on=TODAY).ledger == ()
        with pytest.raises(JobError, match="no title 'Desert'"):
            remove(catalogue, "Desert")


def test_a_withdrawal_is_told_in_lists(tmp_path):
    with stock(tmp_path) as catalogue:
        made = withdraw(catalogue, "Harbour", "the owner asked for it")
        assert made.shots == ("Harbour/sc010", "Harbour/sc020") and made.models == () == made.results
        assert title_of(catalogue, "Harbour").why == "the owner asked for it"
        assert all(shot.withdrawn for shot in shots_of(catalogue))
        assert "withdrawn on" in check(catalogue, on=TODAY).rights[0][1]


def test_a_catalogue_that_is_none_or_damaged_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match="there is no catalogue"), opened(tmp_path / "none"):
        pass
    with stock(tmp_path):
        pass
    path = lib(tmp_path) / NAME
    whole = path.read_bytes()
    for damage in (b"no database at all" * 100, whole[:4096] + b"\xff" * (len(whole) - 4096)):
        path.write_bytes(damage)
        with pytest.raises(InputError, match="damaged") as told, opened(lib(tmp_path)) as catalogue:
            shots_of(catalogue)
        assert "footage" in told.value.remedy
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE mine (a)")
    with pytest.raises(InputError, match="no catalogue of vfx-ai"), opened(lib(tmp_path), make=True):
        pass


@pytest.mark.parametrize(("table", "column"), [("shots", "light"), ("shots", "tags"), ("files", "listing")])
def test_a_row_that_makes_no_sense_is_told(table, column, tmp_path):
    with stock(tmp_path) as catalogue:
        catalogue.base.execute(f"UPDATE {table} SET {column} = '{{[' ")
        with pytest.raises(InputError, match="the catalogue is damaged"):
            check(catalogue)


def test_a_catalogue_of_a_later_version_is_refused(tmp_path):
    with stock(tmp_path) as catalogue:
        catalogue.base.execute("PRAGMA user_version = 99")
    with pytest.raises(InputError, match="later version"), opened(lib(tmp_path)):
        pass


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


def killed(folder, after):
    """Adds a shot, and is killed before the ledger's entry, or between it and the end of the database's change."""
    real = ledger.record_all

    def dying(*entries):
        if after:
            real(*entries)
        __import__("os")._exit(9)

    ledger.record_all = dying
    with opened(folder) as catalogue:
        put(catalogue, "Harbour", "sc030")


@pytest.mark.parametrize("after", [False, True])
def test_a_process_that_is_killed_leaves_nothing_half(after, tmp_path):
    with stock(tmp_path):
        pass
    process = multiprocessing.get_context("spawn").Process(target=killed, args=(lib(tmp_path), after))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    with opened(lib(tmp_path)) as catalogue:
        assert [shot.name for shot in shots_of(catalogue)] == ["Harbour/sc010", "Harbour/sc020"]
        assert catalogue.base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert check(catalogue, on=TODAY).ledger == ()
        put(catalogue, "Harbour", "sc030")
        assert check(catalogue, on=TODAY).ledger == ()
        assert len(cleared_shots(catalogue, "training", on=TODAY).allowed) == 3


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


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PurePosixPath("/lib/a b#c?.sqlite"), "file:///lib/a%20b%23c%3F.sqlite"),
        (PureWindowsPath(r"C:\lib\catalogue.sqlite"), "file:///C:/lib/catalogue.sqlite"),
        (PureWindowsPath(r"\\server\share\lib\catalogue.sqlite"), "file:////server/share/lib/catalogue.sqlite"),
    ],
)
def test_a_catalogue_is_opened_wherever_it_lies(path, uri):
    assert catalogue_base.uri_of(path) == uri
