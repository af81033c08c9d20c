"""A catalogue of many shots asks no more of the disk and the database than one of few."""

from __future__ import annotations

from studios import lib, put

from vfx_ai.media.sequence import sequences_in
from vfx_ai.studio import catalogue_base
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.catalogue_base import opened


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

    listed, real = [], module.names_in
    monkeypatch.setattr(module, "names_in", lambda folder: listed.append(folder) or real(folder))
    found = sequences_in(tmp_path)
    assert len(found) == 60 and listed == [tmp_path]
    assert {one.frames for one in found} == {(1001, 1002)}
