"""What a run writes down: one FrameRecord per finished frame, one Report per run, both to and from JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FrameRecord:
    """What is known of one finished frame. Counts are pixels of the filled layer.

    Attributes:
        frame: its number.
        plate, result: the two files' paths.
        key: identity of the job and its inputs; a frame whose key is still the same needs no second run.
        engine: which engine filled it.
        hole: pixels of the hole.
        real: of these, filled from other frames.
        unsure: of these, seen by another frame, yet without a real pixel since no source could be trusted.
        never_seen: of these, seen by no frame. hole = real + painted + unsure + never_seen.
        painted: of these, from a paint-out of this frame or carried from another's.
        paint: whether each paint-out that was looked at, by its identity, came into the hole. Only those that did
            count for the frame: with others it needs no second run.
        textured: of the last two, those that got the shot's own texture.
        made: of the last two, those that a model made; what is neither is a smooth surface.
        outside_data_window: pixels of the matte outside of the plate's data window; nothing can be written there.
        confidence: mean over the hole, 0..1.
        sources: how many pixels each source frame gave, by frame number.
        gain: [3] mean gain (R, G, B) by which fetched pixels were matched to this frame.
        unknown: pixels of the matte that are NaN, and count as outside of the hole.
        above_one, negative, not_finite: pixels of the plate's layer above 1, below 0, NaN or Inf, in any channel.
        brightest: the largest finite value of the plate's layer.
        differing: pixels outside the hole whose bits differ from the plate's (verify); must be 0.
        layers: other layers that were filled as well.
        effects: pixels beside the matte that changed, since the object leaves something there.
        relit: of these, whose own light was multiplied; the others came from other frames.
        spot: pixels of the largest patch in which real pixels are doubtful, if it is large enough to be seen, and the
            column and row of its middle; 0, 0, 0: none is.
        shown: the identity of the viewer that its pictures were made with.
        by_source: pixels that were made, in and beside the hole, by their value of fill.source.
        findings: what else verify found (attributes, windows, other channels), one sentence each; must be empty.
        seconds: wall time of the fill.
        result_bytes, result_mtime_ns: of the written file, to notice that it was changed since.
        apart: the file of what a model made by itself; "": there is none.
        apart_bytes, apart_mtime_ns: of it, likewise.
    """

    frame: int
    plate: str
    result: str
    key: str
    engine: str
    hole: int
    real: int
    unsure: int
    never_seen: int
    outside_data_window: int
    confidence: float
    sources: dict[str, int]
    gain: tuple[float, float, float]
    above_one: int
    negative: int
    not_finite: int
    brightest: float
    seconds: float
    result_bytes: int
    result_mtime_ns: int
    differing: int = 0
    findings: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    shown: str = ""
    effects: int = 0
    relit: int = 0
    textured: int = 0
    made: int = 0
    painted: int = 0
    paint: dict[str, bool] = field(default_factory=dict)
    spot: tuple[int, int, int] = (0, 0, 0)
    by_source: dict[str, int] = field(default_factory=dict)
    apart: str = ""
    apart_bytes: int = 0
    apart_mtime_ns: int = 0
    unknown: int = 0

    @property
    def made_up(self) -> int:
        """Pixels of the hole without a real one: smooth, with texture of the shot, or by a model."""
        return self.unsure + self.never_seen


@dataclass(frozen=True)
class ColorRecord:
    """What the plate's numbers were taken for, and how the report's pictures show them.

    Attributes:
        space: the plate's color space.
        why: how it is known.
        worked_in: whose primaries the light had that the fill was made in; nothing was converted to others.
        curve_undone: the space has a curve, which was undone for the fill, and encoded again in the result.
        config: the OpenColorIO config.
        display, view: through which pictures went.
        exposure: stops by which they were exposed up.
        exposure_why: "as asked", "as it is", or what mid level the plate has.
    """

    space: str
    why: str
    worked_in: str
    curve_undone: bool
    config: str
    display: str
    view: str
    exposure: float
    exposure_why: str

    @property
    def plate(self) -> str:
        """The space and how it is known, in one line."""
        turned = f", turned into linear light ({self.worked_in}) for the fill" if self.curve_undone else ""
        return f"{self.space} ({self.why}){turned}"

    @property
    def pictures(self) -> str:
        """How pictures were made, in one line."""
        return f"{self.display}, {self.view}; exposure {self.exposure:+g} stops ({self.exposure_why})"


@dataclass(frozen=True)
class Report:
    """What a run did, whole; report.json is this and report.html shows it.

    Attributes:
        job: the job's fields.
        frames: a record per frame that is finished, in order.
        engine, why: the engine that `auto` chose or the job named, and the reason in a sentence.
        color: of the plate and of the pictures.
        trials: per engine that was tried how it did where the answer is known, the best first: {"engine", "psnr",
            "stops", "reached", "claimed", "true", "pixels"}; empty where there was nothing to choose.
        grain: what was measured of the plate's grain, where the job matches it: {"levels": light [L], "sigma": standard
            deviation [3][L] of red, green and blue}, both empty where the plate has none; else empty.
        notes: what a reader must know (assumptions on color, compression that was replaced, fall-backs).
        seconds: wall time by stage: {"analyse": ..., "fill": ..., "report": ...}.
        versions: {"vfx_ai": ..., "torch": ..., "OpenImageIO": ..., ...}.
        device: where the pixels were computed.
        started: ISO 8601, UTC.
        skipped: frames that were finished before this run.
        verdict: "identical outside the matte" ("... and its effects" where they were asked for), or what verify found.
        passed: verify found nothing.
        models: networks whose output is in the result, with their licences, and what of them the rights ledger says.
        rights: the ledger's entry; {}: no rights were asked for.
    """

    job: dict[str, Any]
    frames: tuple[FrameRecord, ...]
    engine: str
    why: str
    notes: tuple[str, ...]
    seconds: dict[str, float]
    versions: dict[str, str]
    device: str
    started: str
    skipped: tuple[int, ...] = ()
    verdict: str = ""
    passed: bool = False
    pictures: dict[str, str] = field(default_factory=dict)
    trials: tuple[dict[str, Any], ...] = ()
    color: ColorRecord | None = None
    grain: dict[str, Any] = field(default_factory=dict)
    models: tuple[dict[str, Any], ...] = ()
    rights: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON types."""
        return dataclasses.asdict(self)


def record_from_dict(data: dict[str, Any]) -> FrameRecord:
    """A FrameRecord from what dataclasses.asdict made of it, by way of JSON.

    Raises:
        TypeError, ValueError: fields are missing, unknown or of the wrong shape.
    """
    values = dict(data)
    red, green, blue = values["gain"]
    values["gain"] = (float(red), float(green), float(blue))
    for name in ("findings", "layers"):
        values[name] = tuple(values[name])
    pixels, x, y = values.get("spot", (0, 0, 0))
    values["spot"] = (pixels, x, y)
    return FrameRecord(**values)
