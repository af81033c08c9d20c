"""What the tests have a Blender do: python inside.py FUNCTION ARGUMENTS, both behind "--" if it is a whole Blender.

The functions are those of the files does_*.py beside it; what one gives is printed as JSON behind "TOLD ". Only
Blender's own Python is needed.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
FILES = ("does_shots", "does_results", "does_queue", "does_trouble", "does_frames", "does_plates")

if __name__ == "__main__":
    name, about = sys.argv[-2:]
    does = next(getattr(module, name) for module in map(import_module, FILES) if hasattr(module, name))
    print("TOLD", json.dumps(does(**json.loads(about))), flush=True)
