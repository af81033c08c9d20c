from __future__ import annotations

import json
import multiprocessing
import threading

import pytest

from vfx_ai.claim import in_turn
from vfx_ai.errors import JobError, OutputError, VerifyError
from vfx_ai.studio import ledger
from vfx_ai.studio.ledger_chain import FIRST, hash_of


def fill(folder, count=4):
    for number in range(count):
        ledger.record(folder, "training", name=f"model {number}", shots=[], steps=number)
    return ledger.file_of(folder)


def test_entries_are_chained_and_come_back(tmp_path):
    fill(tmp_path)
    entries = ledger.read(tmp_path)
    assert [entry.n for entry in entries] == [1, 2, 3, 4]
    assert [entry.before for entry in entries] == [FIRST, *(entry.hash for entry in entries[:-1])]
    assert [entry.what["steps"] for entry in entries] == [0, 1, 2, 3]
    assert ledger.check(tmp_path) == ()
    assert ledger.head(tmp_path) == (4, entries[-1].hash)


def test_there_may_be_no_ledger_yet(tmp_path):
    assert ledger.read(tmp_path) == () == ledger.check(tmp_path)
    assert ledger.head(tmp_path) == (0, FIRST)


def test_any_letters_can_be_entered(tmp_path):
    ledger.record(tmp_path, "training", name="Größe \udce9 名\n", shots=[])
    assert ledger.read(tmp_path)[0].what["name"] == "Größe \udce9 名\n"
    assert len(ledger.file_of(tmp_path).read_text().splitlines()) == 1


def with_entry(lines, number, **changes):
    entry = json.loads(lines[number - 1]) | changes
    lines[number - 1] = json.dumps(entry) + "\n"
    return lines


def resealed(lines):
    """Entry 2 with another hash that is right for what it says now."""
    entry = json.loads(lines[1])
    entry["what"]["steps"] = 99
    entry.pop("hash")
    entry["hash"] = hash_of(entry)
    return [lines[0], json.dumps(entry) + "\n", *lines[2:]]


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (lambda lines: with_entry(lines, 2, by="somebody else"), "entry 2 (training model 1, "),
        (lambda lines: with_entry(lines, 4, kind="model"), "entry 4 (model model 3, "),
        (lambda lines: lines[:2] + lines[3:], "entry 3 was removed"),
        (lambda lines: lines[1:], "entry 1 was removed"),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], "put into another order: entry 3 stands"),
        (resealed, "entry 3 (training model 2, "),
        (lambda lines: lines[:3], "ends with entry 3, and it had 4"),
        (lambda lines: [*lines[:2], "no json\n", *lines[2:]], "entry 3 can't be read"),
        (lambda lines: [*lines, lines[-1]], "entry 4 stands in its place"),
        (lambda lines: [*lines[:3], lines[3][:40]], "entry 4 was cut off"),
        (lambda lines: ["\n", *lines], "entry 1 can't be read"),
    ],
)
def test_a_changed_removed_or_moved_entry_is_found_and_named(forge, words, tmp_path):
    path = fill(tmp_path)
    path.write_text("".join(forge(path.read_text().splitlines(keepends=True))))
    (found,) = ledger.check(tmp_path)
    assert words in found
    with pytest.raises(VerifyError):
        ledger.read(tmp_path)


def test_a_ledger_that_is_gone_is_missed(tmp_path):
    fill(tmp_path).unlink()
    assert ledger.check(tmp_path) == ("the ledger is gone; it had 4 entries",)
    with pytest.raises(VerifyError, match="is gone"):
        ledger.record(tmp_path, "training", name="a", shots=[])


def test_nothing_follows_an_end_that_was_changed(tmp_path):
    path = fill(tmp_path)
    whole = path.read_text().splitlines(keepends=True)
    for forged in (with_entry([*whole], 4, by="x"), whole[:3]):
        path.write_text("".join(forged))
        with pytest.raises(VerifyError):
            ledger.record(tmp_path, "training", name="a", shots=[])


def test_an_entry_that_was_cut_off_is_put_aside_by_the_next(tmp_path):
    path = fill(tmp_path)
    with path.open("a") as file:
        file.write('{"n": 5, "at"')
    ledger.record(tmp_path, "training", name="next", shots=[])
    assert ledger.check(tmp_path) == ()
    assert [entry.what["name"] for entry in ledger.read(tmp_path)][-1] == "next"
    assert path.with_name("ledger.jsonl.torn").read_text() == '{"n": 5, "at"\n'


def test_an_entry_whose_mark_was_never_set_counts(tmp_path):
    path = fill(tmp_path, 3)
    mark = path.with_name("ledger.jsonl.head")
    before = mark.read_text()
    ledger.record(tmp_path, "training", name="a", shots=[])
    mark.write_text(before)  # as if it had been killed between the entry and its mark
    assert ledger.check(tmp_path) == ()
    assert ledger.record(tmp_path, "training", name="b", shots=[]).n == 5


@pytest.mark.parametrize("kind", ["gift", "model"])
def test_an_entry_must_say_what_its_kind_says(kind, tmp_path):
    with pytest.raises(JobError, match="entry of kind"):
        ledger.record(tmp_path, kind, name="a")
    assert not ledger.file_of(tmp_path).exists()


def many(folder, name, count):
    for number in range(count):
        ledger.record(folder, "training", name=f"{name} {number}", shots=[])


def test_processes_and_threads_may_append_at_once(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=many, args=(tmp_path, f"process {n}", 8)) for n in range(2)]
    threads = [threading.Thread(target=many, args=(tmp_path, f"thread {n}", 8)) for n in range(2)]
    for one in (*processes, *threads):
        one.start()
    for one in (*processes, *threads):
        one.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert ledger.check(tmp_path) == ()
    names = [entry.what["name"] for entry in ledger.read(tmp_path)]
    assert len(names) == 32 == len(set(names))


def test_a_writer_that_was_killed_keeps_nobody_out(tmp_path):
    path = fill(tmp_path, 1)
    lock = path.parent / ".ledger.vfx-ai.lock"
    import platform

    lock.write_text(json.dumps({"machine": platform.node(), "pid": 2**22 - 3, "began": 1.0, "since": 1}))
    assert ledger.record(tmp_path, "training", name="a", shots=[]).n == 2


def test_appending_reads_the_end_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "_PIECE", 256)
    path = fill(tmp_path, 30)
    taken = []

    class Counted:
        def __init__(self, file):
            self.file = file

        def __getattr__(self, name):
            return getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def read(self, count=-1):
            data = self.file.read(count)
            taken.append(len(data))
            return data

    real = type(path).open
    monkeypatch.setattr(
        type(path),
        "open",
        lambda self, mode="r", *a, **k: (
            Counted(real(self, mode, *a, **k)) if self == path else real(self, mode, *a, **k)
        ),
    )
    ledger.record(tmp_path, "training", name="long " * 100, shots=[])
    ledger.record(tmp_path, "training", name="next", shots=[])
    assert 0 < max(taken) < 5000 < path.stat().st_size
    monkeypatch.undo()
    assert ledger.check(tmp_path) == () and ledger.head(tmp_path)[0] == 32


@pytest.mark.parametrize("mark", ["0 " + FIRST, "-3 " + FIRST, "x y", "1", ""])
def test_a_mark_that_nobody_wrote_is_none(mark, tmp_path):
    path = fill(tmp_path, 2)
    path.with_name("ledger.jsonl.head").write_text(mark)
    assert ledger.check(tmp_path) == () and len(ledger.read(tmp_path)) == 2
    assert ledger.record(tmp_path, "training", name="a", shots=[]).n == 3
    path.unlink()
    path.with_name("ledger.jsonl.head").write_text("0 " + FIRST)
    assert ledger.read(tmp_path) == ()


def test_whoever_waits_too_long_is_told_so(tmp_path, monkeypatch):
    path = fill(tmp_path, 1)
    monkeypatch.setattr(ledger, "_WAIT_SECONDS", 0.05)
    with in_turn(path.parent / ".ledger.vfx-ai.lock", lambda: None), pytest.raises(OutputError, match="too long"):
        ledger.record(tmp_path, "training", name="a", shots=[])
    assert ledger.record(tmp_path, "training", name="a", shots=[]).n == 2
