"""What a report means for the person who decides: can the shot go to review, and which frames need a look first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from vfx_ai.proof.record import FrameRecord, Report
from vfx_ai.proof.wording import counted, percent

# Below these a look at the frame would show nothing; they are shares of the hole, pixels, 0..1 and stops.
NEVER_SEEN_SHARE, NEVER_SEEN_PIXELS = 0.01, 16
UNSURE_SHARE = 0.05
LOW_CONFIDENCE = 0.6
GAIN_STOPS = 0.5
JUMP_SHARE = 0.25

Weight = Literal["stop", "look", "know"]


@dataclass(frozen=True)
class Concern:
    """One reason to look, and all frames that give it.

    Attributes:
        kind: its row in `CHECKS`, or "verify" for what concerns the run as a whole.
        weight: "stop" (don't deliver), "look" (judge by eye) or "know" (nothing is wrong, but it explains something).
        text: what it is.
        advice: what to do about it.
        frames: all frames that it concerns, in order.
        worst: the frame that shows it most; None if no frame does.
        detail: the figures of that frame.
    """

    kind: str
    weight: Weight
    text: str
    advice: str
    frames: tuple[int, ...]
    worst: int | None
    detail: str


@dataclass(frozen=True)
class Review:
    """The verdict of a run.

    Attributes:
        level: "go", "look" or "stop".
        headline: the verdict in a few words.
        summary: what it rests on, in a sentence or two.
        concerns: the reasons, heaviest first.
        order: all frames, the one that needs a look most first.
    """

    level: Literal["go", "look", "stop"]
    headline: str
    summary: str
    concerns: tuple[Concern, ...]
    order: tuple[int, ...]


@dataclass(frozen=True)
class Check:
    """A row of `CHECKS`: `measure` is 0 where a frame is fine, and grows with what is wrong."""

    kind: str
    weight: Weight
    text: str
    advice: str
    measure: Callable[[FrameRecord, FrameRecord | None], float]
    detail: Callable[[FrameRecord], str]


def _at_least(value: float, limit: float) -> float:
    return value if value >= limit else 0.0


def _never_seen(record: FrameRecord, _before: FrameRecord | None) -> float:
    share = record.never_seen / max(record.hole, 1)
    return share if share >= NEVER_SEEN_SHARE and record.never_seen >= NEVER_SEEN_PIXELS else 0.0


def _jump(record: FrameRecord, before: FrameRecord | None) -> float:
    if before is None or before.frame != record.frame - 1 or min(record.hole, before.hole) < NEVER_SEEN_PIXELS:
        return 0.0
    return _at_least(abs(record.made_up / record.hole - before.made_up / before.hole), JUMP_SHARE)


def _doubt(record: FrameRecord, _before: FrameRecord | None) -> float:
    return _at_least(1.0 - seen_confidence(record), 1.0 - LOW_CONFIDENCE) if record.real else 0.0


def _stops(record: FrameRecord) -> float:
    return max((abs(math.log2(gain)) for gain in record.gain if gain > 0), default=0.0)


CHECKS: tuple[Check, ...] = (
    Check(
        "differing",
        "stop",
        "Pixels outside the matte differ from the plate",
        "Don't deliver these frames; do them again with --force and report it if it comes back.",
        lambda record, _: float(record.differing),
        lambda record: f"{record.differing:,} pixels",
    ),
    Check(
        "findings",
        "stop",
        "The result's file differs from the plate's",
        "Read what verify found below before these frames go anywhere.",
        lambda record, _: float(len(record.findings)),
        lambda record: "; ".join(record.findings),
    ),
    Check(
        "never_seen",
        "look",
        "Part of the hole was seen by no frame and is made up",
        "Paint it, or give the tool frames that show what is behind.",
        _never_seen,
        lambda record: f"{percent(record.never_seen, record.hole)} of the hole, {record.never_seen:,} pixels",
    ),
    Check(
        "unsure",
        "look",
        "Other frames disagree on part of the hole, which is made up",
        "Look for texture that is missing; a tighter matte often helps.",
        lambda record, _: _at_least(record.unsure / max(record.hole, 1), UNSURE_SHARE),
        lambda record: f"{percent(record.unsure, record.hole)} of the hole, {record.unsure:,} pixels",
    ),
    Check(
        "confidence",
        "look",
        "The real pixels are uncertain",
        "Look for edges that don't line up.",
        _doubt,
        lambda record: f"confidence {seen_confidence(record):.2f}",
    ),
    Check(
        "spot",
        "look",
        "Other frames contradict each other in one place",
        "Look for a lamp or an edge that is there twice.",
        lambda record, _: min(record.spot[0] / max(record.hole, 1), 1.0),
        lambda record: "{:,} pixels around column {}, row {}".format(*record.spot),
    ),
    Check(
        "jump",
        "look",
        "The fill changes suddenly from the frame before",
        "Play across it and look for a pop.",
        _jump,
        lambda record: f"{percent(record.made_up, record.hole)} of the hole is made up here",
    ),
    Check(
        "gain",
        "look",
        "Fetched pixels were matched over a large difference in exposure",
        "Compare brightness at the hole's edge.",
        lambda record, _: _at_least(_stops(record), GAIN_STOPS),
        lambda record: f"{_stops(record):.2f} stops",
    ),
    Check(
        "outside",
        "know",
        "The matte reaches past the plate's data window, where nothing can be written",
        "The plate holds no pixels there.",
        lambda record, _: float(record.outside_data_window),
        lambda record: f"{record.outside_data_window:,} pixels",
    ),
    Check(
        "unknown",
        "look",
        "The matte holds NaN, which counts as outside of the hole",
        "What had to go may still be there: write the matte anew.",
        lambda record, _: float(record.unknown),
        lambda record: f"{record.unknown:,} pixels",
    ),
    Check(
        "not_finite",
        "know",
        "The plate holds NaN or Inf",
        "They stay as they are outside the matte; inside it they are gone.",
        lambda record, _: float(record.not_finite),
        lambda record: f"{record.not_finite:,} pixels",
    ),
    Check(
        "empty",
        "know",
        "The matte is empty, so the result is the plate",
        "Check the matte if the object is there.",
        lambda record, _: float(record.hole == 0),
        lambda record: "no hole",
    ),
)
_HEAVINESS: dict[str, float] = {"stop": 100.0, "look": 1.0, "know": 0.0}


def review(report: Report) -> Review:
    """The verdict on a report; one without frames gets a verdict too."""
    scores = {record.frame: record.made_up / max(record.hole, 1) for record in report.frames}
    concerns = []
    for check in CHECKS:
        concern, measures = _applied(check, report.frames)
        for frame, measure in measures.items():
            scores[frame] += _HEAVINESS[check.weight] * min(measure, 1.0)
        if concern is not None:
            concerns.append(concern)
    if not report.passed and not any(concern.weight == "stop" for concern in concerns):
        text = report.verdict or "The result wasn't compared with the plate"
        concerns.insert(0, Concern("verify", "stop", text, "Run vfx-ai verify on the result.", (), None, ""))
    order = tuple(sorted(scores, key=lambda frame: (-scores[frame], frame)))
    level = _level(report, concerns)
    return Review(level, _headline(level, report, concerns), _summary(report), tuple(concerns), order)


def _applied(check: Check, records: Sequence[FrameRecord]) -> tuple[Concern | None, dict[int, float]]:
    before: list[FrameRecord | None] = [None, *records]
    pairs = zip(records, before, strict=False)
    measures = {record.frame: check.measure(record, last) for record, last in pairs}
    measures = {frame: measure for frame, measure in measures.items() if measure > 0}
    if not measures:
        return None, {}
    worst = max(measures, key=lambda frame: (measures[frame], -frame))
    detail = next(check.detail(record) for record in records if record.frame == worst)
    return Concern(check.kind, check.weight, check.text, check.advice, tuple(measures), worst, detail), measures


def _level(report: Report, concerns: Iterable[Concern]) -> Literal["go", "look", "stop"]:
    weights = {concern.weight for concern in concerns}
    if "stop" in weights or not report.frames:
        return "stop"
    all_empty = all(record.hole == 0 for record in report.frames)
    return "look" if "look" in weights or all_empty else "go"


def _headline(level: str, report: Report, concerns: Iterable[Concern]) -> str:
    if not report.frames:
        return "No frame was finished"
    frames = {frame for concern in concerns if concern.weight == level for frame in concern.frames}
    if level == "stop":
        return f"Not ready for review: {counted(len(frames), 'frame')} failed" if frames else "Not ready for review"
    if level == "look" and not frames:
        return "Nothing was removed: the matte is empty in all frames"
    return f"Look at {counted(len(frames), 'frame')} before review" if frames else "Ready for review"


def _summary(report: Report) -> str:
    if not report.frames:
        return "There is nothing to judge."
    hole = sum(record.hole for record in report.frames)
    real = sum(record.real for record in report.frames)
    where = "the matte and its effects" if report.job.get("effects") else "the matte"
    outside = f"Every pixel outside {where} is bit for bit the plate's." if report.passed else f"{report.verdict}."
    return f"{outside} {percent(real, hole)} of the hole is filled with real pixels from other frames."


def seen_confidence(record: FrameRecord) -> float:
    """Mean confidence over the pixels that some frame saw, 0..1; never-seen pixels have 0 and are counted apart."""
    return min(1.0, record.confidence * record.hole / max(record.hole - record.never_seen, 1))


def chosen_frames(order: Sequence[int], concerns: Sequence[Concern], available: Iterable[int], count: int) -> list[int]:
    """At most `count` of the `available` frames: the worst of each concern, the worst of all, the rest spread evenly.

    Returns:
        Frame numbers in order.
    """
    there = set(available)
    worst = [concern.worst for concern in concerns if concern.worst in there and concern.weight != "know"]
    chosen = list(dict.fromkeys(frame for frame in worst if frame is not None))[:count]
    chosen += [frame for frame in order if frame in there and frame not in chosen][: max(0, count // 3 - len(chosen))]
    for end in (min(there, default=None), max(there, default=None)):
        if end is not None and end not in chosen and len(chosen) < count:
            chosen.append(end)
    while len(chosen) < min(count, len(there)):
        chosen.append(max(sorted(there - set(chosen)), key=lambda frame: min(abs(frame - other) for other in chosen)))
    return sorted(chosen)
