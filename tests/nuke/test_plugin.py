"""The plugin's Python by itself: what it weighs, what Nuke gets from it, and its panel."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from behind_reads import inpaint
from parsed import GIZMOS, PLUGIN
from standin import Nuke

FILES = sorted(PLUGIN.rglob("*.py"))
HEAVY = ("numpy", "torch", "OpenImageIO", "OpenEXR", "cv2", "PySide2", "PySide6", "vfx_ai")
# What a piece of work takes on a processor that it has for itself; one that is shared is as much slower for all else.
WORK_SECONDS = 0.02
ALONE = """
    import sys, time, types
    sys.path.insert(0, sys.argv[1])
    for name in ("nuke", "nukescripts"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["nuke"].Node = sys.modules["nuke"].ProgressTask = object
    before = set(sys.modules)
    began = time.process_time()  # what the machine does besides is no fault of ours
    import vfx_ai_nuke, vfx_ai_nuke.menus, vfx_ai_nuke.starting
    vfx_ai_nuke.starting._module()
    took, began = time.process_time() - began, time.process_time()
    sum(number * number for number in range(200_000))
    print(took, time.process_time() - began)
    print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""


def loaded_alone(python=sys.executable):
    words = [python, "-I", "-c", textwrap.dedent(ALONE), str(PLUGIN)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, names = done.stdout.splitlines()
    took, work = map(float, seconds.split())
    return took / max(1.0, work / WORK_SECONDS), set(names.split())


def test_it_loads_in_a_tenth_of_a_second_with_the_standard_library_alone():
    runs = [loaded_alone() for _ in range(5)]
    assert min(seconds for seconds, _ in runs) < 0.1
    for _, names in runs:
        assert not names & set(HEAVY)
        assert names - set(sys.stdlib_module_names) == {"vfx_ai_nuke", "vfx_ai_client"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_is_written_for_python_3_9(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Match | ast.TryStar)
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)), f"line {node.lineno}"
        if isinstance(node, ast.With):
            assert len(node.items) == 1 or node.lineno == node.items[-1].context_expr.lineno
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            known = {*sys.stdlib_module_names, "nuke", "nukescripts", "vfx_ai_nuke"}
            known |= {"PySide2", "PySide6"} if path.name == "panel.py" else set()
            assert {str(name).split(".")[0] for name in names} <= known


def test_it_loads_in_python_3_9():
    found = sorted(Path.home().glob(".pyenv/versions/3.9*/bin/python3.9"))
    if not found:
        pytest.skip("there is no Python 3.9 here")
    _, names = loaded_alone(str(found[0]))
    assert {"vfx_ai_nuke", "vfx_ai_client"} <= names


def test_init_and_menu_are_a_few_statements_that_add_what_is_there(nuke, into):
    loaded = into(nuke)
    for name in ("init.py", "menu.py"):
        text = (PLUGIN / name).read_text(encoding="utf-8")
        assert len(ast.parse(text).body) <= 3
        exec(compile(text, name, "exec"), {})
    assert all((PLUGIN / path).is_dir() for path in nuke._paths) and len(nuke._paths) == 2
    commands = {command: (label, icon) for label, command, icon in nuke._menus}
    for path in GIZMOS:
        label, _ = commands[f"nuke.createNode({path.stem!r})"]
        assert label == f"Nodes/VFX AI/{path.stem.removeprefix('VFXAI_')}"
    for _, icon in commands.values():
        assert (PLUGIN / "icons" / icon).read_bytes().startswith(b"\x89PNG")
    ((widget, name, ident),) = loaded.panels
    assert (name, ident) == ("VFX AI queue", "vfx_ai.queue")
    ast.parse(widget, mode="eval")


def test_what_is_installed_is_found_by_nuke_and_starts_the_worker_that_was_written_down(tmp_path):
    from vfx_ai.install import install

    (done,) = install("nuke", str(tmp_path / "é .nuke"), ["ssh", "box", "vfx-ai", "worker"])
    code = textwrap.dedent(ALONE) + "\nprint(vfx_ai_nuke.starting.client().command)"
    words = [sys.executable, "-I", "-c", code, done.folder]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told[-1] == "['ssh', 'box', 'vfx-ai', 'worker']"
    assert {path.name for path in Path(done.folder).glob("gizmos/*")} == {path.name for path in GIZMOS}


def test_a_client_that_is_missing_is_one_message(nuke, into, monkeypatch, tmp_path):
    loaded = into(nuke)
    sys.modules.pop("vfx_ai_client", None)
    monkeypatch.setattr(loaded.starting, "_PLACES", (tmp_path / "vfx_ai_client.py",))
    node = inpaint(nuke, "/shots/plate.%04d.exr")
    nuke._press(node, "render")
    nuke._spin(lambda: nuke._messages)
    assert "vfx-ai install nuke" in nuke._messages[0] and loaded.jobs.JOBS[0].state == "failed"


# The panel.


def test_the_panel_shows_jobs_cancels_them_and_takes_out_what_is_over(nuke, into, swift, tmp_path, monkeypatch):
    qt = pytest.importorskip("PySide6.QtWidgets", reason="there is no PySide6 here", exc_type=ImportError)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    app = qt.QApplication.instance() or qt.QApplication([])
    loaded = into(nuke, swift)
    from vfx_ai_nuke import panel

    window = panel.QueuePanel()
    window.show()
    assert [window] == loaded.ticking.PANELS
    plate = tmp_path / "asks.exr"
    plate.touch()
    node = inpaint(nuke, str(plate))
    nuke._press(node, "render")
    nuke._spin(lambda: loaded.jobs.JOBS[0].state == "running")
    window.table.selectRow(0)
    app.processEvents()
    window.refresh()
    assert [window.table.item(0, column).text() for column in (0, 1)] == ["VFXAI_Inpaint1", "running"]
    assert window.buttons["Cancel"].isEnabled() and not window.buttons["Open report"].isEnabled()
    window.buttons["Cancel"].click()
    nuke._spin(lambda: not loaded.ticking._thread)
    window.refresh()
    assert window.table.item(0, 1).text() == "cancelled" and "finished frames are kept" in window.log.toPlainText()
    assert not nuke._tasks
    window.buttons["Clear finished"].click()
    assert window.table.rowCount() == 0
    window.hide()
    assert loaded.ticking.PANELS == []


def test_the_queues_window_stays_before_nukes_and_is_one(nuke, into, monkeypatch):
    qt = pytest.importorskip("PySide6.QtWidgets", reason="there is no PySide6 here", exc_type=ImportError)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    app = qt.QApplication.instance() or qt.QApplication([])
    main = qt.QMainWindow()
    loaded = into(nuke)
    from vfx_ai_nuke import panel

    for _ in range(2):
        panel.open_window()
    (window,) = panel._windows
    assert window.isWindow() and window.isVisible() and window.parent() is main
    assert [window] == loaded.ticking.PANELS
    window.close()
    assert loaded.ticking.PANELS == []
    main.deleteLater()
    app.processEvents()


def test_a_terminal_has_no_panel_to_load(tmp_path, into):
    terminal = Nuke(tmp_path / "comp.nk", interface=False)
    into(terminal)
    assert "vfx_ai_nuke.panel" not in sys.modules
