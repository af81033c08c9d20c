"""The catalogue's own file: where it lies, and what is said of one that is damaged, another's or of a later version."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from studios import lib, stock

from vfx_ai.errors import InputError
from vfx_ai.studio import catalogue_base
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.catalogue_base import NAME, opened
from vfx_ai.studio.catalogue_check import check


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
