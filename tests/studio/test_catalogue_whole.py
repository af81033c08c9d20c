"""Nothing in a catalogue is half: whoever is stopped, fails, is killed, or adds beside others."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing

import pytest
from studios import TODAY, lib, put, stock

from vfx_ai.errors import Interrupted, OutputError
from vfx_ai.studio import catalogue_base, ledger
from vfx_ai.studio.catalogue import shots_of, titles_of
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_base import NAME, opened
from vfx_ai.studio.catalogue_check import check
from vfx_ai.studio.looks_kept import thumbnail_of
from vfx_ai.studio.rights import cleared_shots


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
