"""What a command says at its end: the figures of a report, a plan, a comparison or an examination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vfx_ai.errors import VerifyError
from vfx_ai.proof.record import Report
from vfx_ai.proof.review import review
from vfx_ai.proof.wording import counted, duration, percent, ranges
from vfx_ai.terminal.console import print_json, print_table

if TYPE_CHECKING:
    from vfx_ai.doctor import Examination
    from vfx_ai.matchmove import Matchmove
    from vfx_ai.matte.clicks import ClickedMatte
    from vfx_ai.matte.pick import MatteNames, PickedMatte
    from vfx_ai.proof.verify import FrameVerdict
    from vfx_ai.run import Plan

# A terminal needs no more of a list than its beginning; the rest is in the report.
MOST_LINES = 20
LONGEST_RANGES = 60


def show_report(report: Report, *, as_json: bool, quiet: bool) -> None:
    """The figures of a run, its verdict, and where result, pictures and report lie."""
    if as_json:
        print_json(report_summary(report))
        return
    if quiet:
        return
    verdict, total = review(report), _totals(report)
    hole = total["hole"]
    rows = [
        ("frames", f"{counted(len(report.frames), 'frame')}{_skipped(report)}"),
        ("hole", f"{hole:,} pixels"),
        ("real", f"{percent(total['real'], hole)}  from other frames"),
        *([("painted", f"{percent(total['painted'], hole)}  by hand, carried from there")] if total["painted"] else []),
        ("unsure", f"{percent(total['unsure'], hole)}  made up: frames disagree"),
        ("never seen", f"{percent(total['never_seen'], hole)}  made up: no frame shows it"),
        *([("texture", f"{percent(total['textured'], hole)}  with the shot's own")] if total["textured"] else []),
        *([("model", f"{percent(total['made'], hole)}  made by {_maker(report)}")] if total["made"] else []),
        *([("effects", f"{total['effects']:,} pixels beside the matte")] if total["effects"] else []),
        ("verify", report.verdict or "not compared"),
        ("engine", f"{report.engine}: {report.why}" if report.why else report.engine),
        *([("color", report.color.plate)] if report.color else []),
        ("time", f"{duration(sum(report.seconds.values()))} on {report.device}"),
        *_places(report).items(),
    ]
    print_table(rows, title=verdict.headline)
    reasons = [concern for concern in verdict.concerns if concern.weight != "know"]
    print_table(
        [
            (f"  {concern.weight}", ": ".join(filter(None, (concern.text, _short(concern.frames)))))
            for concern in reasons
        ]
    )


def show_step(report: Report, step: str, *, as_json: bool, quiet: bool) -> None:
    """As `show_report`; of a step that makes no report, what it did."""
    if step not in ("analyse", "fill"):
        show_report(report, as_json=as_json, quiet=quiet)
    elif as_json:
        frames, skipped = [record.frame for record in report.frames], list(report.skipped)
        told = {"frames": frames, "skipped": skipped, "engine": report.engine, "why": report.why}
        print_json({"event": "finished", "step": step, **told, "device": report.device, "seconds": report.seconds})
    elif not quiet:
        done = [("frames", f"{counted(len(report.frames), 'frame')}{_skipped(report)}")] if step == "fill" else []
        rows = [
            *done,
            ("engine", f"{report.engine}: {report.why}"),
            ("time", f"{duration(sum(report.seconds.values()))} on {report.device}"),
        ]
        print_table(rows, title={"analyse": "The shot is analysed", "fill": "Filled; no report yet"}[step])


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """What a run would do, and what it would cost."""
    if as_json:
        print_json({"event": "plan", **asdict(plan)})
        return
    rows = [
        ("frames", f"{counted(len(plan.frames), 'frame')}: {_short(plan.frames)}"),
        ("finished", f"{len(plan.finished):,}" + (f": {_short(plan.finished)}" if plan.finished else "")),
        ("picture", f"{plan.width} x {plan.height}, hole {plan.hole_percent:.2f}%"),
        ("engine", plan.engine),
        *([("model", plan.made)] if plan.made else []),
        ("color", plan.color),
        ("memory", size(plan.memory_bytes)),
        ("disk", size(plan.disk_bytes)),
        ("time", f"about {duration(plan.seconds)}"),
        ("result", plan.output),
        *(("note", note) for note in plan.notes),
    ]
    print_table(rows, title="Nothing was written; this is what would be done")


def show_verdicts(verdicts: Sequence[FrameVerdict], *, as_json: bool) -> None:
    """What a comparison found, frame by frame."""
    bad = [verdict for verdict in verdicts if verdict.differing or verdict.findings]
    if as_json:
        for verdict in verdicts:
            print_json({"event": "verdict", **asdict(verdict)})
        bad_frames = [verdict.frame for verdict in bad]
        passed = bool(verdicts) and not bad
        print_json({"event": "verify", "passed": passed, "frames": len(verdicts), "not_identical": bad_frames})
        return
    rows = [(str(verdict.frame), _findings(verdict)) for verdict in bad]
    if verdicts and not bad:
        rows = [("verify", f"{counted(len(verdicts), 'frame')} identical outside the matte")]
    print_table(rows[:MOST_LINES])
    if len(rows) > MOST_LINES:
        print_table([("", f"and {len(rows) - MOST_LINES} more")])


def show_matchmove(made: Matchmove, *, as_json: bool, quiet: bool) -> None:
    """The figures of a camera that was solved or converted, and where it was written."""
    if as_json:
        print_json({"event": "camera", **asdict(made)})
        return
    if quiet:
        return
    least, most = made.focal
    zoom = f" to {most:.1f}" if most - least > 0.05 else ""
    lost = sorted(set(made.frames) - set(made.known))
    rows = [
        ("frames", f"{counted(len(made.known), 'frame')} of {len(made.frames):,}"),
        *([("unknown", _short(lost))] if lost else []),
        ("focal length", f"{least:.1f}{zoom} pixels across"),
        *([("points", f"{made.points:,}, off by {made.residual:.2f} pixels in the mean")] if made.points else []),
        *(("note", note) for note in made.notes),
        ("camera", made.output),
    ]
    print_table(rows)


def show_names(found: Sequence[MatteNames], *, as_json: bool) -> None:
    """The objects of each cryptomatte with their shares, as they are written to be picked."""
    for names in found:
        if as_json:
            print_json({"event": "names", **asdict(names)})
            continue
        rows = [(shown.pick, percent(shown.share, 1)) for shown in names.objects]
        if names.absent:
            rows.append(("", f"and {counted(len(names.absent), 'name')} without a pixel in this frame"))
        rows += [("", f"note: {names.note}")] if names.note else []
        print_table(rows, title=f"{names.layer}, frame {names.frame}")


def show_picked(picked: PickedMatte, *, as_json: bool, quiet: bool) -> None:
    """What was picked, and where the matte lies."""
    if as_json:
        print_json({"event": "matte", **asdict(picked)})
        return
    if quiet:
        return
    named = list(picked.objects[:MOST_LINES])
    more = [f"and {len(picked.objects) - MOST_LINES} more"] if len(picked.objects) > MOST_LINES else []
    rows = [
        ("objects", ", ".join([*named, *more])),
        ("layer", picked.layer),
        ("frames", counted(len(picked.frames), "frame")),
        ("covers", f"{percent(picked.share, 1)} of the picture"),
        *([("empty", _short(picked.empty))] if picked.empty else []),
        ("matte", picked.output),
    ]
    print_table(rows)


def show_clicked(made: ClickedMatte, *, as_json: bool, quiet: bool) -> None:
    """What was made of clicks, where it may be wrong, and where the matte lies."""
    if as_json:
        print_json({"event": "matte", **asdict(made)})
        return
    if quiet:
        return
    rows = [
        *([("objects", ", ".join(filter(None, made.objects)))] if any(made.objects) else []),
        ("frames", counted(len(made.frames), "frame")),
        ("covers", f"{percent(made.share, 1)} of the picture"),
        *([("empty", _short(made.empty))] if made.empty else []),
        *([("look at", _short(sorted({frame for frame, _ in made.doubts})))] if made.doubts else []),
        ("method", made.method),
        ("matte", made.output),
    ]
    print_table(rows)


def show_examination(examination: Examination, *, as_json: bool) -> None:
    """What a machine has and what that allows."""
    if as_json:
        print_json({"event": "doctor", **asdict(examination)})
        return
    print_table(examination.rows)
    print_table([("", line) for line in examination.allows], title="What that allows")


def size(count: float) -> str:
    """A number of bytes as text: "1.5 GB", in powers of 1000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def not_identical(frames: Sequence[int], result: str, verdict: str = "") -> VerifyError:
    """The error for frames of a result that aren't their plate outside the matte; for none: nothing was compared."""
    if not frames:
        return VerifyError(verdict or "there was no frame to compare", file=result)
    return VerifyError(
        f"{counted(len(frames), 'frame')} not identical to the plate outside the matte: {ranges(frames)}",
        file=result,
        remedy="Do them again with --force; report it if it comes back.",
    )


def refuse_unless_passed(report: Report) -> None:
    """Returns if a run's frames are their plate's outside the matte.

    Raises:
        VerifyError: they aren't.
    """
    if not report.passed:
        bad = [record.frame for record in report.frames if record.differing or record.findings]
        raise not_identical(bad, str(report.job.get("output", "")), report.verdict)


def report_summary(report: Report) -> dict[str, Any]:
    """The figures of a run, its verdict, and where result, pictures and report lie, for programs."""
    verdict = review(report)
    return {
        "event": "report",
        "passed": report.passed,
        "verdict": report.verdict,
        "review": verdict.level,
        "headline": verdict.headline,
        "look_at": sorted({frame for c in verdict.concerns if c.weight != "know" for frame in c.frames}),
        "frames": [record.frame for record in report.frames],
        "skipped": list(report.skipped),
        **_totals(report),
        "engine": report.engine,
        "why": report.why,
        "color": asdict(report.color) if report.color else None,
        "device": report.device,
        "seconds": report.seconds,
        "notes": list(report.notes),
        **_places(report),
    }


def _totals(report: Report) -> dict[str, int]:
    names = ("hole", "real", "unsure", "never_seen", "textured", "made", "painted", "effects")
    return {name: sum(getattr(record, name) for record in report.frames) for name in names}


def _maker(report: Report) -> str:
    """The maker's engine, with the name of its model where it has one."""
    return " ".join(filter(None, (str(report.job.get("engine", "")), str(report.job.get("model", "")))))


def _places(report: Report) -> dict[str, str]:
    output = str(report.job.get("output", ""))
    page = Path(output).parent / "report.html"
    places = {"result": output, **{str(name): str(path) for name, path in report.pictures.items()}}
    return {**places, "report": str(page)} if page.is_file() else places


def _skipped(report: Report) -> str:
    return f", {len(report.skipped):,} of them finished before" if report.skipped else ""


def _findings(verdict: FrameVerdict) -> str:
    pixels = [f"{counted(verdict.differing, 'pixel')} differ outside the matte"] if verdict.differing else []
    return "; ".join([*pixels, *verdict.findings])


def _short(frames: Sequence[int]) -> str:
    text = ranges(frames)
    return text if len(text) <= LONGEST_RANGES else text[:LONGEST_RANGES].rpartition(",")[0] + " …"
