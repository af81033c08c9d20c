"""python -m blender_build [FOLDER]: the extension's zip; FOLDER is dist."""

from __future__ import annotations

import sys
from pathlib import Path

from blender_build import build

print(build(Path(sys.argv[1] if sys.argv[1:] else "dist")))
