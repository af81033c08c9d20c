"""What the commands on whole plates print at their end."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from vfx_ai.plates.loop_page import figures_of
from vfx_ai.proof.wording import counted, duration
from vfx_ai.terminal.console import print_json, print_table

if TYPE_CHECKING:
    from vfx_ai.plates.drawn import Drawn
    from vfx_ai.plates.edit_plan import EditPlan
    from vfx_ai.plates.extend_plan import ExtendPlan
    from vfx_ai.plates.generated import Generated
    from vfx_ai.plates.imagined import Imagined
    from vfx_ai.plates.loop import Loop
    from vfx_ai.plates.single import Single


def show_loop(made: Loop, *, as_json: bool, quiet: bool) -> None:
    """Which frames are the loop, how its seam looks, and where it lies."""
    if as_json:
        print_json({"event": "loop", **asdict(made)})
        return
    if quiet:
        return
    print_table(
        [
            ("frames", f"{made.length}, of the plate's {made.first}-{made.last}"),
            ("two moments", f"{made.apart:.2f} usual steps apart"),
            *figures_of(made.seam),
            ("time", duration(made.seconds)),
            ("result", made.output or "nothing was written"),
            *([("report", made.report)] if made.report else []),
        ]
    )


def show_generated(made: Generated, *, as_json: bool, quiet: bool) -> None:
    """What was made, its figures, and where it lies."""
    if as_json:
        print_json({"event": "generated", **asdict(made)})
        return
    if not quiet:
        print_table(list(made.rows()))


def show_by_model(made: Drawn | Imagined, *, as_json: bool, quiet: bool) -> None:
    """What a model made, and where it lies."""
    if as_json:
        print_json({"event": type(made).__name__.lower(), **asdict(made)})
        return
    if not quiet:
        print_table(list(made.rows()))


def show_edit_plan(planned: EditPlan, *, as_json: bool) -> None:
    """What an edit would do."""
    if as_json:
        print_json({"event": "edit_plan", **asdict(planned)})
        return
    print_table(list(planned.rows()))


def show_extend_plan(planned: ExtendPlan, *, as_json: bool) -> None:
    """What an extension would do."""
    if as_json:
        print_json({"event": "extend_plan", **asdict(planned)})
        return
    print_table(list(planned.rows()))


def show_single(made: Single, *, as_json: bool, quiet: bool) -> None:
    """How large the stitched plate is, what no frame shows of it, and where it and its maps lie."""
    if as_json:
        print_json({"event": "single", **asdict(made)})
        return
    if quiet:
        return
    print_table(
        [
            ("size", f"{made.width} x {made.height}; frame {made.anchor} lies in it at {made.at[0]}, {made.at[1]}"),
            ("laid by", "one flat picture" if made.way == "flat" else "the solved camera and its depth"),
            ("never seen", f"{made.hidden:,} pixels that lie in a frame"),
            ("have a place", f"{100 * made.placed:.1f} % of the frames' pixels"),
            ("time", duration(made.seconds)),
            ("result", made.output),
            ("maps", f"{made.maps}, {counted(len(made.frames), 'frame')}"),
        ]
    )
