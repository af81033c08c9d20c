"""What was changed, removed or withdrawn since is told by a check, and leaves the database."""

from __future__ import annotations

import shutil

import pytest
from studios import TODAY, lib, put, stock, write_rights

from vfx_ai.errors import JobError
from vfx_ai.studio.catalogue import shots_of, title_of, titles_of
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_change import remove, withdraw
from vfx_ai.studio.catalogue_check import check


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
