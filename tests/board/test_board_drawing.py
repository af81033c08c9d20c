"""What the program draws: pencil lines that are lines, arrows that point where the camera goes, plans that say so."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vfx_ai.board import lettering, pictures, stills
from vfx_ai.board.arrows import draw_arrows
from vfx_ai.board.camera import CLOSE, MOVES, WIDE
from vfx_ai.board.placeholder import PAPER, placeholder
from vfx_ai.board.sketch import sketch

SIZE = 640, 360


def blank(value: int = 128) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), value, np.uint8)


def ink(pixels: np.ndarray) -> np.ndarray:
    """How dark, [H, W] 0..1, against paper."""
    return np.clip((235.0 - pixels.mean(-1)) / 200, 0, 1)


def test_an_edge_becomes_a_line_and_the_rest_stays_paper() -> None:
    picture = blank(90)
    picture[:, 320:] = 220
    drawn = ink(sketch(picture))
    assert drawn[60:300, 312:328].max(axis=1).min() > 0.5
    assert drawn[:, 420:].max() < 0.1


def test_grain_alone_is_not_drawn() -> None:
    noise = np.random.default_rng(1).normal(170, 9, (SIZE[1], SIZE[0], 1)).clip(0, 255)
    picture = np.repeat(noise, 3, axis=2).astype(np.uint8)
    picture[100:260, 200:440] = (picture[100:260, 200:440] * 0.4).astype(np.uint8)
    drawn = ink(sketch(picture)) > 0.35
    outside = np.ones(drawn.shape, bool)
    outside[85:275, 185:455] = False
    assert drawn[outside].mean() < 0.004
    edge = drawn[95:265, 195:205].any(axis=1)
    assert edge[10:-10].mean() > 0.9


def test_what_is_dark_is_hatched_and_not_filled() -> None:
    picture = blank(230)
    picture[90:270, 160:480] = 40
    inside = ink(sketch(picture))[130:230, 220:420]
    assert 0.08 < (inside > 0.2).mean() < 0.75


def test_a_flat_picture_is_blank_paper() -> None:
    assert ink(sketch(blank())).max() < 0.1


def test_the_same_picture_gives_the_same_drawing() -> None:
    picture = np.random.default_rng(3).integers(0, 255, (SIZE[1], SIZE[0], 3)).astype(np.uint8)
    assert np.array_equal(sketch(picture), sketch(picture.copy()))


def where(move: str) -> np.ndarray:
    """The pixels that an arrow changes, without its words."""
    changed = (draw_arrows(blank(), [move]) == 255).all(-1)
    return cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)).astype(bool)


@pytest.mark.parametrize(
    ("kind", "one", "other", "axis"),
    [("pan", "left", "right", 1), ("truck", "left", "right", 1), ("tilt", "up", "down", 0), ("crane", "up", "down", 0)],
)
def test_arrows_are_heavy_where_they_point(kind: str, one: str, other: str, axis: int) -> None:
    def middle(move: str) -> float:
        return float(np.mean(np.nonzero(where(move))[axis]))

    first, second = middle(f"{kind} {one}"), middle(f"{kind} {other}")
    assert second - first > 8
    assert first < middle(kind) < second


@pytest.mark.parametrize("move", MOVES)
def test_every_move_is_drawn_and_ways_differ(move: str) -> None:
    kind, _, way = move.partition(" ")
    changed = np.abs(draw_arrows(blank(), [move]).astype(int) - 128).max(-1) > 20
    assert 0.005 < changed.mean() < 0.2
    assert not np.array_equal(draw_arrows(blank(), [move]), draw_arrows(blank(), [kind]))
    assert way


def test_what_is_no_move_leaves_the_picture_alone() -> None:
    picture = blank()
    assert draw_arrows(picture, []) is picture
    assert np.array_equal(draw_arrows(picture, ["hover"]), picture)


def test_a_plan_shows_how_near_and_how_many() -> None:
    def people(framing: str, count: int) -> float:
        plan = placeholder(SIZE, framing=framing, slug="INT. A", people=count)
        return float((np.abs(plan.astype(int) - PAPER).max(-1) > 15).mean())

    assert people(CLOSE, 1) > 2 * people(WIDE, 1)
    assert people(WIDE, 3) > people(WIDE, 1) > people(WIDE, 0)


def test_a_plan_says_that_it_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("vfx_ai.board.placeholder.write_words", lambda p, words, *_a, **_k: said.append(words) or p)
    placeholder(SIZE, framing="", slug="", people=0)
    assert said == ["NO PICTURE YET"]


def test_words_are_cut_to_their_room() -> None:
    lines = lettering.wrapped("one two three " * 60, 20, 300, 3)
    assert len(lines) == 3 and lines[-1].endswith("…")
    assert all(lettering.width_of(line, 20) <= 300 for line in lines)
    assert lettering.wrapped("short", 20, 300, 3) == ["short"]
    assert len(lettering.wrapped("x" * 500_000, 20, 300, 2)) <= 2


@pytest.mark.parametrize("words", ["plain", "Žluťoučký", "naïve — “so”…"])
def test_letters_of_western_europe_can_be_written(words: str) -> None:
    assert (lettering.write_words(blank(255), words, (20, 100), 40) < 100).sum() > 300


def test_a_picture_fills_the_frame_or_is_seen_whole() -> None:
    tall = np.zeros((200, 100, 3), np.uint8)
    whole, filled = pictures.fitted(tall, SIZE, whole=True), pictures.fitted(tall, SIZE, whole=False)
    assert whole.shape == filled.shape == (SIZE[1], SIZE[0], 3)
    assert filled.max() == 0
    assert tuple(whole[180, 5]) == pictures.SURROUND and whole[180, 320].max() == 0


def test_a_still_knows_whether_it_was_touched(tmp_path) -> None:
    data = stills.encoded(blank())
    path = tmp_path / "a-b.png"
    path.write_bytes(data)
    assert not stills.found_in(tmp_path, {})["a-b"].by_hand
    again = cv2.imread(str(path))
    cv2.imwrite(str(path), again)
    assert stills.found_in(tmp_path, {})["a-b"].by_hand  # nothing says any more that it is ours
    again[5, 5] += 1
    marked = stills.encoded(again[..., ::-1])
    path.write_bytes(data[: len(data) - 40] + marked[-40:])
    assert stills.found_in(tmp_path, {})["a-b"].by_hand
