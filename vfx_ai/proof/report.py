"""The report: one HTML page that opens from disk and asks nothing of the network, and the same as JSON."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from vfx_ai.proof.pages import asset, rendered
from vfx_ai.proof.pictures import (
    COLORS,
    HATCH_COLOR,
    LIT,
    MADE,
    NEVER_SEEN,
    PICTURES,
    REAL,
    UNSURE,
    center_of_change,
    write_atomically,
)
from vfx_ai.proof.record import FrameRecord, Report
from vfx_ai.proof.review import Review, chosen_frames, review, seen_confidence
from vfx_ai.proof.wording import counted, duration, percent, ranges

SCHEMA = 1
CONTACT_SHEET = 12
# Pictures are most of the page; past this many bytes a frame gets none, so that the page can still be mailed.
PICTURE_BYTES = 6_000_000
_KINDS = {"real": REAL, "unsure": UNSURE, "never": NEVER_SEEN, "made": MADE, "lit": LIT}


@dataclass(frozen=True)
class Card:
    """One frame of the contact sheet.

    Attributes:
        record: its figures.
        pictures: data URIs by name.
        cut: where the wipe begins, in percent of the width, so that it crosses what was removed.
    """

    record: FrameRecord
    pictures: dict[str, str]
    cut: float


def write_report(report: Report, pictures: Path, folder: Path) -> tuple[Path, Path]:
    """Write `folder/report.html` and `folder/report.json`, each atomically.

    Args:
        report: what the run did.
        pictures: the folder that `proof.pictures.save_pictures` wrote to; frames without pictures are left out of the
            contact sheet.
        folder: made if it isn't there.

    Returns:
        Paths of the page and of the JSON.

    Raises:
        OutputError: a file can't be written.
    """
    page, data = folder / "report.html", folder / "report.json"
    # A file name that isn't text (lone surrogates) must not cost the report.
    write_atomically(data, report_json(report).encode("utf-8"))
    write_atomically(page, report_html(report, pictures).encode("utf-8", "replace"))
    return page, data


def report_json(report: Report) -> str:
    """The report as JSON text with its schema's number; what is NaN or Inf becomes null."""
    return json.dumps(_finite({"schema": SCHEMA, **report.to_dict()}), indent=1, allow_nan=False) + "\n"


def report_html(report: Report, pictures: Path) -> str:
    """The report as one page; every word of it that comes from a file or a user is escaped."""
    verdict = review(report)
    cards = _cards(report, verdict, pictures)
    shown = {card.record.frame for card in cards}
    script = asset("vfx_ai.proof", "report.js")
    values = {
        "report": report,
        "review": verdict,
        "cards": cards,
        "first": next((frame for frame in verdict.order if frame in shown), None),
        "totals": _totals(report.frames),
        "lenders": _lenders(report.frames),
        "colors": {name: _css(COLORS[kind]) for name, kind in _KINDS.items()},
        "hatch": _css(HATCH_COLOR),
        "script": script,
        # The page may run its own script and nothing else, and may load nothing at all.
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "counted": counted,
    }
    filters: dict[str, Callable[..., Any]] = {
        "percent": percent,
        "ranges": ranges,
        "duration": duration,
        "number": _number,
        "confidence": seen_confidence,
    }
    return rendered("vfx_ai.proof", "report.html.j2", values, filters)


def _cards(report: Report, verdict: Review, pictures: Path) -> list[Card]:
    sizes = {record.frame: _bytes_of_pictures(pictures, record.frame) for record in report.frames}
    available = [frame for frame, size in sizes.items() if size]
    for count in range(CONTACT_SHEET, 0, -1):
        chosen = chosen_frames(verdict.order, verdict.concerns, available, count)
        if sum(sizes[frame] for frame in chosen) <= PICTURE_BYTES:
            break
    else:
        chosen = []
    records = {record.frame: record for record in report.frames}
    return [Card(records[frame], _data_uris(pictures, frame), _cut(pictures, frame)) for frame in chosen]


def _cut(pictures: Path, frame: int) -> float:
    before, after = (pictures / f"{frame}.{PICTURES[name]}" for name in ("before", "after"))
    return 100.0 * center_of_change(before, after)


def _bytes_of_pictures(pictures: Path, frame: int) -> int:
    """Size of a frame's pictures; 0 unless all of them are there."""
    try:
        return sum((pictures / f"{frame}.{suffix}").stat().st_size for suffix in PICTURES.values())
    except OSError:
        return 0


def _data_uris(pictures: Path, frame: int) -> dict[str, str]:
    uris = {}
    for name, suffix in PICTURES.items():
        data = base64.b64encode((pictures / f"{frame}.{suffix}").read_bytes()).decode()
        uris[name] = f"data:image/{'jpeg' if suffix.endswith('jpg') else 'png'};base64,{data}"
    return uris


def _totals(records: tuple[FrameRecord, ...]) -> dict[str, Any]:
    names = (
        "hole",
        "real",
        "unsure",
        "never_seen",
        "textured",
        "made",
        "painted",
        "effects",
        "outside_data_window",
        "above_one",
        "negative",
        "not_finite",
    )
    totals: dict[str, Any] = {name: sum(getattr(record, name) for record in records) for name in names}
    totals["largest_hole"] = max((record.hole for record in records), default=0)
    lit = [record for record in records if math.isfinite(record.brightest)]
    totals["brightest"] = max(lit, key=attrgetter("brightest"), default=None)
    for name in ("above_one", "negative", "not_finite"):
        totals[f"most_{name}"] = max(records, key=attrgetter(name), default=None)
    return totals


def _lenders(records: tuple[FrameRecord, ...]) -> list[tuple[int, int]]:
    """How many pixels each source frame gave over the whole run, by frame, gaps between lenders left out."""
    given: Counter[int] = Counter()
    for record in records:
        for frame, count in record.sources.items():
            given[int(frame)] += count
    return sorted(given.items())


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: float) -> str:
    """A pixel value with as many digits as a person compares."""
    if not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _css(color: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
