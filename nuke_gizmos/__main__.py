"""Write all gizmos, icons and pictures: `python -m nuke_gizmos`; with --check say what isn't current, and end by 1."""

from __future__ import annotations

import sys

from nuke_gizmos.icons import ICONS, drawn
from nuke_gizmos.panel_picture import panel
from nuke_gizmos.shared_knobs import ROOT
from nuke_gizmos.table import GIZMOS
from nuke_gizmos.tcl import written
from nuke_gizmos.tree_picture import tree


def files() -> dict[str, bytes]:
    """All that is written: paths within the repository, and what they hold."""
    plugin, pictures = "nuke_plugin", "docs/images/nuke"
    made = {f"{plugin}/gizmos/{gizmo.name}.gizmo": written(gizmo).encode() for gizmo in GIZMOS}
    made |= {f"{plugin}/icons/{name}.png": drawn(name) for name in ICONS}
    for gizmo in GIZMOS:
        made[f"{pictures}/{gizmo.name}_tree.svg"] = tree(gizmo).encode()
        made |= {f"{pictures}/{gizmo.name}_{tab}.svg": svg.encode() for tab, svg in panel(gizmo).items()}
    return made


def main() -> int:
    """Write them, or check them."""
    stale = []
    for name, data in files().items():
        path = ROOT / name
        if not path.is_file() or path.read_bytes() != data:
            stale.append(name)
            if "--check" not in sys.argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    print(*(f"{'stale' if '--check' in sys.argv else 'written'}: {name}" for name in stale), sep="\n")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
