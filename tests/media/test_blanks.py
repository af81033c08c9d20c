"""Planes that are lent come back as they were, to nobody else, and never after an error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vfx_ai.media import blanks

SHAPE, INSIDE = (4, 6), (slice(1, 3), slice(2, 5))


def changed(value: float = 1.0) -> np.ndarray:
    with blanks.lent(INSIDE) as blank:
        plane = blank(SHAPE, value, np.float16)
        plane[INSIDE] = 7
        return plane


def test_the_next_of_the_same_kind_is_the_same_memory_and_blank_again():
    first = changed()
    assert (first == 1).all(), "what was changed is put back"
    with blanks.lent(INSIDE) as blank:
        again, other = blank(SHAPE, 1.0, np.float16), blank(SHAPE, 1.0, np.float16)
        assert again is first and other is not first and (other == 1).all()


@pytest.mark.parametrize("kind", [((4, 7), 1.0, np.float16), (SHAPE, 0.0, np.float16), (SHAPE, 1.0, np.float32)])
def test_another_kind_is_another_plane_and_what_was_kept_is_let_go(kind):
    first = changed()
    with blanks.lent(INSIDE) as blank:
        assert blank(*kind) is not first
    with blanks.lent(INSIDE) as blank:
        assert blank(SHAPE, 1.0, np.float16) is not first


def test_what_an_error_left_half_done_is_not_lent_again():
    kept = []
    with pytest.raises(OSError, match="full"), blanks.lent(INSIDE) as blank:
        kept.append(blank(SHAPE, 1.0, np.float16))
        kept[0][...] = 5
        raise OSError("the disk is full")
    with blanks.lent(INSIDE) as blank:
        plane = blank(SHAPE, 1.0, np.float16)
        assert plane is not kept[0] and (plane == 1).all()


def test_threads_do_not_share_them():
    mine = changed()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(changed).result() is not mine
