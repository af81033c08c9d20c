"""What the commands of a farm print at their end."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from vfx_ai.farm.found import spelled
from vfx_ai.proof.wording import counted, duration
from vfx_ai.terminal.console import print_json, print_table
from vfx_ai.terminal.summary import MOST_LINES, size

if TYPE_CHECKING:
    from vfx_ai.farm.night import Night
    from vfx_ai.farm.submit import Submitted


def show_submitted(made: Submitted, *, as_json: bool, quiet: bool) -> None:
    """What became of a job for many machines, or would."""
    if as_json:
        pieces = [{"frames": spelled(one.frames), "seconds": one.seconds} for one in made.chunks]
        cost = {**asdict(made.costs), "frames": dict(made.costs.frames)}
        print_json({"event": "submitted", **asdict(made), "chunks": pieces, "costs": cost})
        return
    if quiet:
        return
    costs, chunks = made.costs, made.chunks
    rows = [("frames", f"{counted(len(made.frames), 'frame')}: {spelled(made.frames)[:60]}")]
    if made.finished:
        rows.append(("finished", f"{len(made.finished):,}"))
    if made.answer is None:
        filled = sum(one.seconds for one in chunks)
        longest = max((one.seconds for one in chunks), default=0.0)
        rows += [
            ("analyse", f"about {duration(costs.analyse + costs.start)}, once, before all chunks"),
            ("chunks", f"{len(chunks)} of {made.chunk}, the longest about {duration(longest)}"),
            ("fill", f"about {duration(filled)} of machines' time"),
            ("report", f"about {duration(costs.report)}"),
            ("memory", f"about {size(costs.memory)} for each process"),
            ("based on", costs.basis),
        ]
    if made.answer is not None:
        again = f", {made.retried} tried again" if made.retried else ""
        rows += [
            ("chunks", f"{len(chunks)} of {made.chunk}, {made.workers} at a time{again}"),
            ("verify", str(made.answer.get("verdict", ""))),
            ("engine", str(made.answer.get("engine", ""))),
            ("time", duration(made.seconds)),
            ("report", str(made.answer.get("report", ""))),
        ]
    rows.append(("result", made.output))
    title = _TITLES[made.to] if made.bundle else "Nothing was written; this is what would be done"
    print_table([*rows, *(("file", file) for file in made.files)], title=title)
    if made.answer is None and not made.bundle:
        shown = chunks[:MOST_LINES]
        print_table([(spelled(one.frames), f"about {duration(one.seconds)}") for one in shown], title="Chunks")
        if len(chunks) > len(shown):
            print_table([("", f"and {len(chunks) - len(shown)} more")])


_TITLES = {
    "openjd": "A bundle of Open Job Description: openjd run DIR/template.yaml",
    "deadline": "A bundle for AWS Deadline Cloud: deadline bundle submit DIR",
    "local": "Done by processes of this machine",
    "ray": "Done by Ray",
}


def show_night(night: Night, *, as_json: bool, quiet: bool) -> None:
    """A table of all shots: how each ended; and where the page lies."""
    if as_json:
        for one in night.shots:
            print_json({"event": "shot", **asdict(one)})
        print_json({"event": "batch", "shots": len(night.shots), "failed": list(night.failed), "page": night.page})
        return
    bad = [one for one in night.shots if one.state == "failed"]
    if quiet and not bad:
        return
    print_table([(one.name, one.words) for one in (bad if quiet else night.shots)], title=night.headline)
    if night.page:
        print_table([("page", night.page)])
