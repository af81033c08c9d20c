#!/usr/bin/env python3
"""One picture of a run, before on the left and after on the right, from the small pictures that the run kept.

    python samples/before_after.py out/demo/clean.####.exr out/demo/before_after.png

It shows the frame with the largest hole.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vfx_ai import VfxAiError
from vfx_ai.proof.pictures import PICTURES, before_after_picture


def largest_hole(report: Path) -> int:
    """The frame of a report.json whose hole has the most pixels."""
    frames = json.loads(report.read_text(encoding="utf-8"))["frames"]
    return int(max(frames, key=lambda record: record["hole"])["frame"])


def kept_pictures(result: Path) -> Path:
    """The folder in which the run that wrote `result` (a pattern with ####) kept its pictures."""
    return result.parent / f"{result.name.partition('#')[0].rstrip('._-')}.vfx-ai" / "pictures"


def main() -> int:
    """Writes the picture; 1 if the run's files aren't there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("result", type=Path, help="the result's frames, as out/clean.####.exr")
    parser.add_argument("picture", type=Path, help="the PNG to write")
    asked = parser.parse_args()
    try:
        frame = largest_hole(asked.result.parent / "report.json")
        before, after = (kept_pictures(asked.result) / f"{frame}.{PICTURES[name]}" for name in ("before", "after"))
        before_after_picture(before, after, asked.picture)
    except (OSError, ValueError, KeyError, VfxAiError) as error:
        print(f"no picture could be made: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
