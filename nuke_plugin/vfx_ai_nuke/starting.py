"""The one client of this Nuke, loaded when it is first needed: beside the plugin, or in the checkout around it."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, List

from vfx_ai_nuke.errors import NodeError

_NAME = "vfx_ai_client"
_FOLDER = Path(__file__).resolve().parents[1]
_PLACES = (_FOLDER / "vfx_ai_client.py", _FOLDER.parent / "vfx_ai" / "client.py")
_made: List[Any] = []


def client() -> Any:
    """A vfx_ai_client.Client; what it needs to start a worker is in worker.json beside it."""
    if not _made:
        _made.append(_module().Client())
    return _made[0]


def close() -> None:
    """End the worker, if there is one."""
    while _made:
        _made.pop().close()


def _module() -> Any:
    if _NAME not in sys.modules:
        place = next((place for place in _PLACES if place.is_file()), None)
        if place is None:
            raise NodeError(f"{_PLACES[0]} isn't there. Run `vfx-ai install nuke` again.")
        spec = spec_from_file_location(_NAME, str(place))
        assert spec is not None and spec.loader is not None
        sys.modules[_NAME] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[_NAME])
    return sys.modules[_NAME]
