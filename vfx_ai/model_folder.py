"""Where models lie on this machine: one folder, for mattes, engines and the registry alike."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MODELS = "VFX_AI_MODELS"  # environment: the folder of models


def models_folder(named: str = "") -> Path:
    """The folder of models: the one that is named, else $VFX_AI_MODELS, else in a user's data folder."""
    named = named or os.environ.get(MODELS, "")
    if named:
        return Path(named).expanduser()
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "vfx-ai" / "models"
