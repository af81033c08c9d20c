"""The one client of this Blender, its command, and what its worker says of itself."""

import json
import os
import re
import shlex
import shutil
import sys
import threading
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import bpy

from . import prefs
from .errors import Told

_FOLDER = Path(__file__).resolve().parent
_CLIENT = f"{__package__}.vfx_ai_client"
# Beside the extension; in a checkout its client is the package's.
_PLACES = (_FOLDER / "vfx_ai_client.py", _FOLDER.parent / "vfx_ai" / "client.py")
_OVER_NETWORK = ("ssh", "plink", "rsh", "mosh")
_KEPT = "worker_says.json"  # what the worker said last, in the extension's own folder of the user

# Where Pythons put commands, by what sys.platform says: a folder, seen from home, and those within it.
_BY_SYSTEM = {
    "win32": (("AppData/Roaming/Python", "Python*/Scripts"), ("AppData/Local/Programs/Python", "Python*/Scripts")),
    "darwin": (("Library/Python", "*/bin"), ("/Library/Frameworks/Python.framework/Versions", "*/bin")),
}

_made: dict[str, Any] = {}  # client, and the command and variables that it has
_found: dict[str, list[str]] = {}  # the command by what the preferences say
_said: dict[str, Any] = {}  # what the worker said; "asked": the name of a question under way
HOW = (
    "1. Install vfx-ai: pip install vfx-ai",
    "2. Run: vfx-ai install blender",
    "or name its command in the preferences.",
)


def module() -> Any:
    """The client's module, loaded when it is first needed."""
    if _CLIENT not in sys.modules:
        place = next((place for place in _PLACES if place.is_file()), None)
        if place is None:
            raise Told(f"{_PLACES[0]} isn't there. Install the extension again.")
        spec = spec_from_file_location(_CLIENT, place)
        assert spec is not None and spec.loader is not None
        sys.modules[_CLIENT] = made = module_from_spec(spec)
        spec.loader.exec_module(made)
    return sys.modules[_CLIENT]


def command() -> list[str]:
    """The words that start the worker: the preferences', else worker.json's, else a vfx-ai that is found; or none.

    Cheap: panels ask at every drawing.
    """
    asked = prefs.of().command.strip()
    if asked not in _found:
        words = words_of(asked) if asked else _installed() or words_of(find())
        _found[asked] = words if words and shutil.which(words[0]) else []
    return _found[asked]


def words_of(text: str) -> list[str]:
    """The words of a command as a user writes it: a path, or "ssh box vfx-ai"; "worker" is added."""
    text = text.strip()
    if not text:
        return []
    whole = Path(text).expanduser()
    words = [str(whole)] if whole.is_file() else [word.strip('"') for word in shlex.split(text, posix=os.name != "nt")]
    return words if words[-1:] == ["worker"] else [*words, "worker"]


def find() -> str:
    """Where a vfx-ai lies: on the path, or where pip, pipx and uv put commands; empty if there is none."""
    home = Path.home()
    places = [home / ".local/bin", home / "bin", Path("/usr/local/bin"), Path("/opt/homebrew/bin")]
    for root, scripts in _BY_SYSTEM.get(sys.platform, ()):
        places += sorted((home / root).glob(scripts), key=_version, reverse=True)
    return shutil.which("vfx-ai") or shutil.which("vfx-ai", path=os.pathsep.join(map(str, places))) or ""


def _version(scripts: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", scripts.parent.name)]


def forget() -> None:
    """Look for the command anew, and believe nothing that was said before."""
    _found.clear()
    _said.clear()


def why_not() -> str:
    """Why no worker can be started; empty if one can."""
    words = command()
    if not words:
        return "vfx-ai isn't installed, or isn't found"
    if over_network(words) and not bpy.app.online_access:
        return "The worker is on another machine, and Blender isn't allowed online (Preferences > System > Network)"
    return ""


def over_network(words: list[str]) -> bool:
    """Whether a command leads to another machine."""
    return Path(words[0]).stem.lower() in _OVER_NETWORK


def client() -> Any:
    """The client, with the command and the folder of models that the preferences say now.

    Raises:
        Told: there is no worker to start.
    """
    fault = why_not()
    if fault:
        raise Told(f"{fault}. {' '.join(HOW)}" if not command() else f"{fault}.")
    words, models = command(), bpy.path.abspath(prefs.of().models).strip()
    wanted = (words, models)
    if _made and _made["wanted"] != wanted and not _made["client"].busy:
        _let_go()
    if not _made:
        # A worker must not look for updates of models where Blender may not.
        offline = {} if bpy.app.online_access else {"HF_HUB_OFFLINE": "1"}
        variables = {**offline, **({"VFX_AI_MODELS": models} if models else {})}
        made = module().Client(words, None, variables)  # paths as worker.json beside it has them
        _made.update(client=made, wanted=wanted)
    return _made["client"]


def open_client() -> Any:
    """The client if there is one."""
    return _made.get("client")


def close() -> None:
    """End the worker, if there is one."""
    if _made:
        _made.pop("client").close()
        _made.clear()


def _let_go() -> None:
    """End the worker, and don't wait for that: it may take seconds."""
    threading.Thread(target=_made.pop("client").close, daemon=True).start()
    _made.clear()


def unload() -> None:
    """End the worker, and let go of the client's code, which a newer extension may replace."""
    close()
    forget()
    sys.modules.pop(_CLIENT, None)


def says() -> dict[str, Any]:
    """What the worker said of itself (kinds, fields, engines, devices), now or last time; empty: it wasn't asked."""
    if "told" not in _said:
        _said["told"] = _kept()
    return _said["told"]


def ask() -> None:
    """Ask the worker what it can do, unless it was asked; the answer comes through `heard`."""
    if not _said.get("asked") and not _said.get("fresh"):
        _said["asked"] = client().ask("describe")


def asking() -> bool:
    """Whether an answer is awaited."""
    return bool(_said.get("asked"))


def heard(event: Any) -> bool:
    """Whether an event was about that question."""
    if event.job is None or event.job != _said.get("asked") or event.kind not in ("finished", "failed"):
        return False
    _said["asked"] = ""
    if event.kind == "finished":
        _said.update(told=event.data["result"], fresh=True)
        with suppress(OSError, ValueError):
            file = _file()
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({"command": command(), "told": event.data["result"]}), encoding="utf-8")
    return True


def _kept() -> dict[str, Any]:
    with suppress(OSError, ValueError):
        found = json.loads(_file().read_text(encoding="utf-8"))
        if found.get("command") == command():
            return dict(found["told"])
    return {}


def _file() -> Path:
    return Path(bpy.utils.extension_path_user(__package__)) / _KEPT


def _installed() -> list[str]:
    return list(module().read_config(str(_FOLDER / module().CONFIG)).get("command") or [])
