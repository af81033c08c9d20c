"""What is asked of a catalogue is found by words, colors and likeness, and is never a query."""

from __future__ import annotations

import pytest
from studios import lib, put, stock, write_frames

from vfx_ai.errors import JobError
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_find import color_of, find
from vfx_ai.studio.catalogue_words import STALE, find_words


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
