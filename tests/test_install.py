"""A plugin is put in place and taken out again, and nothing else is touched; wheels carry the plugins."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import vfx_ai.install
from vfx_ai.cli import app
from vfx_ai.errors import JobError, OutputError
from vfx_ai.install import SOURCES, install, remove, source_of

ROOT = Path(__file__).resolve().parents[1]
HERE = [sys.executable, "-m", "vfx_ai", "worker"]


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A plugin of a few files that stands in for the real ones."""
    folder = tmp_path / "plugin"
    for name in (
        "init.py",
        "gizmos/VFXAI_Test.gizmo",
        "icons/é è.png",
        "__pycache__/init.cpython-311.pyc",
        ".DS_Store",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(vfx_ai.install, "source_of", lambda _host: folder)
    return folder


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "home of müller & co" / ".nuke"
    folder.mkdir(parents=True)
    return folder


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("host", SOURCES)
def test_what_is_installed_is_the_plugin_its_client_and_the_workers_command(host, plugin, place):
    (done,) = install(host, str(place))
    target = place / "vfx_ai"
    assert (done.host, done.folder, list(done.command)) == (host, str(target), HERE)
    ours = {"vfx_ai_client.py", "worker.json", "installed.json"}
    assert set(contents(target)) == {"init.py", "gizmos/VFXAI_Test.gizmo", "icons/é è.png", *ours}
    assert json.loads((target / "worker.json").read_text(encoding="utf-8")) == {"command": HERE, "paths": []}
    assert (target / "vfx_ai_client.py").read_bytes() == (ROOT / "vfx_ai" / "client.py").read_bytes()
    remove(host, str(place))
    assert contents(place) == {} and not target.exists()


def test_the_client_beside_a_plugin_starts_the_worker_that_was_written_down(plugin, place):
    install("nuke", str(place), ["ssh", "box", "vfx-ai", "worker"])
    spec = spec_from_file_location("an_installed_client", place / "vfx_ai" / "vfx_ai_client.py")
    module = sys.modules[spec.name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        client = module.Client()
        client.close()
    finally:
        del sys.modules[spec.name]
    assert client.command == ["ssh", "box", "vfx-ai", "worker"]


INITS = {
    "plain": b"import nuke\nnuke.pluginAddPath('gizmos')\n",
    "without an end": b"import nuke",
    "of Windows": b"import nuke\r\nprint('a')\r\n",
    "of Windows, without an end": b"import nuke\r\nprint('a')",
    "in another encoding": "# Ünïcode\n".encode("latin-1"),
    "empty": b"",
    "with empty lines": b"\n\n\n",
}


@pytest.mark.parametrize("before", INITS.values(), ids=INITS)
def test_nukes_own_init_gets_two_lines_between_marks_and_comes_back_to_the_byte(before, plugin, place):
    init = place / "init.py"
    init.write_bytes(before)
    (place / "menu.py").write_bytes(b"# mine")
    for _ in range(2):  # the second time renews it
        install("nuke", str(place))
        after = init.read_bytes()
        assert after.startswith(before)
        assert after.count(b'nuke.pluginAddPath("./vfx_ai")') == 1
    remove("nuke", str(place))
    assert contents(place) == {"init.py": before, "menu.py": b"# mine"}


def test_folders_that_were_made_for_it_go_with_it_unless_something_else_is_there(plugin, tmp_path):
    place = tmp_path / "new" / "er"
    for _ in range(2):
        install("nuke", str(place))
    remove("nuke", str(place))
    assert not (tmp_path / "new").exists()
    install("nuke", str(place))
    (tmp_path / "new" / "mine").touch()
    remove("nuke", str(place))
    assert [path.name for path in (tmp_path / "new").rglob("*")] == ["mine"]


def test_what_was_written_after_the_marks_stays(plugin, place):
    init = place / "init.py"
    install("nuke", str(place))
    with init.open("ab") as file:
        file.write(b"print('later')\n")
    remove("nuke", str(place))
    assert init.read_bytes() == b"print('later')\n"


def test_the_lines_run_in_python_and_name_the_folder(plugin, place, monkeypatch):
    install("nuke", str(place))
    added = []
    monkeypatch.setitem(sys.modules, "nuke", SimpleNamespace(pluginAddPath=added.append))
    spec = spec_from_file_location("nukes_init", place / "init.py")
    spec.loader.exec_module(module_from_spec(spec))
    assert added == ["./vfx_ai"]


def test_a_plugin_that_is_not_there_yet_is_told(plugin, place):
    for path in plugin.rglob("*.py"):
        path.unlink()
    with pytest.raises(JobError, match="no plugin for blender yet"):
        install("blender", str(place))
    assert not place.exists() or not any(place.iterdir())


def test_blender_gets_no_init(plugin, place):
    install("blender", str(place))
    assert not (place / "init.py").exists()


def test_what_worker_json_was_changed_to_by_hand_outlives_a_renewal(plugin, place):
    install("nuke", str(place))
    config = place / "vfx_ai" / "worker.json"
    mine = {"command": ["ssh", "box", "vfx-ai", "worker"], "paths": [["/mnt/shows", "/shows"]]}
    config.write_text(json.dumps(mine), encoding="utf-8")
    for _ in range(3):
        assert install("nuke", str(place))[0].command == tuple(mine["command"])
        assert json.loads(config.read_text(encoding="utf-8")) == mine
    install("nuke", str(place), HERE)
    assert json.loads(config.read_text(encoding="utf-8")) == {**mine, "command": HERE}


def test_a_worker_json_that_cannot_be_read_is_told_and_not_lost(plugin, place):
    install("nuke", str(place))
    before = contents(place)
    config = place / "vfx_ai" / "worker.json"
    typed = rb'{"command": ["w"], "paths": [["S:\shows", "/shows"]]}'
    config.write_bytes(typed)
    with pytest.raises(OutputError, match=r"worker\.json can't be read.*a backslash is written twice"):
        install("nuke", str(place))
    assert contents(place) == {**before, "vfx_ai/worker.json": typed}
    remove("nuke", str(place))
    assert contents(place) == {}


def test_an_init_of_the_users_is_whole_whatever_fails_and_stays_a_link_with_its_rights(plugin, place, monkeypatch):
    mine = place.parent / "dot files" / "init.py"
    mine.parent.mkdir()
    mine.write_bytes(b"import nuke\n")
    mine.chmod(0o640)
    init = place / "init.py"
    try:
        init.symlink_to(mine)
    except OSError:
        pytest.skip("no links can be made here")
    replace = Path.replace

    def full(path, _target):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        install("nuke", str(place))
    assert init.read_bytes() == b"import nuke\n" and [one.name for one in mine.parent.iterdir()] == ["init.py"]
    monkeypatch.setattr(Path, "replace", replace)
    install("nuke", str(place))
    assert init.is_symlink() and b"./vfx_ai" in mine.read_bytes() and mine.stat().st_mode & 0o777 == 0o640
    remove("nuke", str(place))
    assert init.is_symlink() and mine.read_bytes() == b"import nuke\n"


def test_a_renewal_takes_away_what_the_new_plugin_lacks(plugin, place):
    install("nuke", str(place))
    (plugin / "gizmos" / "VFXAI_Test.gizmo").unlink()
    (plugin / "gizmos").rmdir()
    install("nuke", str(place))
    assert not (place / "vfx_ai" / "gizmos").exists()


def test_files_of_others_in_the_folder_stay_and_are_named_and_compiled_ones_of_ours_go(plugin, place):
    install("nuke", str(place))
    target = place / "vfx_ai"
    (target / "mine.txt").touch()
    (target / "__pycache__").mkdir()
    (target / "__pycache__" / "vfx_ai_client.cpython-39.pyc").touch()
    (done,) = remove("nuke", str(place))
    assert list(done.left) == [str(target / "mine.txt")]
    assert list(contents(target)) == ["mine.txt"]


def test_a_folder_of_somebody_else_is_left_alone(plugin, place):
    (place / "vfx_ai").mkdir()
    (place / "vfx_ai" / "mine.py").touch()
    with pytest.raises(OutputError, match="isn't ours"):
        install("nuke", str(place))
    with pytest.raises(JobError, match="there is no vfx-ai in"):
        remove("nuke", str(place))
    assert list(contents(place)) == ["vfx_ai/mine.py"]


def test_each_blender_from_4_2_on_gets_its_own(plugin, tmp_path, monkeypatch):
    settings = tmp_path / "settings"
    for version in ("3.6", "4.1", "4.2", "4.5", "5.0", "notes"):
        (settings / version).mkdir(parents=True)
    monkeypatch.setattr(vfx_ai.install, "_blender_settings", lambda: settings)
    expected = [str(settings / v / "extensions" / "user_default" / "vfx_ai") for v in ("4.2", "4.5", "5.0")]
    assert [done.folder for done in install("blender")] == expected
    assert [done.folder for done in remove("blender")] == expected
    shutil.rmtree(settings)
    with pytest.raises(JobError, match="Start Blender once"):
        install("blender")


def test_nukes_place_is_in_the_users_home(plugin, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert install("nuke")[0].folder == str(tmp_path / ".nuke" / "vfx_ai")


@pytest.mark.parametrize(("system", "name"), [("win32", "of nuke"), ("linux", "user")])
def test_nukes_place_on_windows_is_where_home_says(system, name, plugin, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "user")  # on Windows it is that of USERPROFILE
    monkeypatch.setenv("HOME", str(tmp_path / "of nuke"))
    monkeypatch.setattr(vfx_ai.install, "sys", SimpleNamespace(platform=system))
    assert vfx_ai.install._places("nuke", "") == [tmp_path / name / ".nuke"]


def test_a_folder_without_rights_is_one_clear_error(plugin, place, monkeypatch):
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # To root, who runs tests in a container, no folder is forbidden.
    monkeypatch.setattr(vfx_ai.install.shutil, "copytree", forbidden)
    with pytest.raises(OutputError, match="can't be put there"):
        install("nuke", str(place))


def test_a_file_in_the_way_is_one_clear_error(plugin, place):
    (place / "vfx_ai").touch()
    with pytest.raises(OutputError):
        install("nuke", str(place))


def test_the_command_installs_removes_and_says_so(plugin, place):
    done = CliRunner().invoke(app, ["install", "nuke", "--dir", str(place), "--worker", "ssh box vfx-ai worker"])
    assert done.exit_code == 0 and "ssh box vfx-ai worker" in done.stdout
    done = CliRunner().invoke(app, ["install", "nuke", "--dir", str(place), "--json"])
    assert json.loads(done.stdout)["command"] == ["ssh", "box", "vfx-ai", "worker"]
    done = CliRunner().invoke(app, ["install", "nuke", "--dir", str(place), "--remove"])
    assert done.exit_code == 0 and "removed" in done.stdout


def test_what_is_left_to_do_in_blender_is_said(plugin, place):
    done = CliRunner().invoke(app, ["install", "blender", "--dir", str(place)])
    assert done.exit_code == 0 and "Add-ons" in done.stdout
    done = CliRunner().invoke(app, ["install", "blender", "--dir", str(place), "--remove"])
    assert done.exit_code == 0 and "Add-ons" not in done.stdout


def test_a_host_that_is_not_there_is_named(tmp_path):
    done = CliRunner().invoke(app, ["install", "maya", "--dir", str(tmp_path)])
    assert (done.exit_code, "nuke, blender" in done.stderr) == (2, True)


def test_the_plugins_come_from_the_wheel_or_from_the_checkout(tmp_path, monkeypatch):
    assert {host: source_of(host) for host in SOURCES} == {host: ROOT / name for host, name in SOURCES.items()}
    packed = tmp_path / "site-packages" / "vfx_ai"
    (packed / "adapters" / "nuke").mkdir(parents=True)
    monkeypatch.setattr(vfx_ai, "__file__", str(packed / "__init__.py"))
    assert source_of("nuke") == packed / "adapters" / "nuke"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {name: f"vfx_ai/adapters/{host}" for host, name in SOURCES.items()}
