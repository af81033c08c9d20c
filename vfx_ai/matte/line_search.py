"""A line and one picture: found, moved as a whole, settled on its ridge, measured, and cut off where it ends."""

from __future__ import annotations

import cv2
import numpy as np

from vfx_ai.matte.curve import Doubles, Line, bent, extended, normals, smoothed, straight
from vfx_ai.matte.ridge import STEP, Skin, alike, offsets, path, profile, ridges, strip
from vfx_ai.media.frame import FloatArray

SAMPLES = 400  # along a line, while all of it is moved
WIDTHS = (1.0, 1.75, 3.0, 5.0, 8.0, 12.0)  # pixels, that are tried where none is given
SAG, LEAST_SAG, MOST_SAG = 0.2, 8.0, 320.0  # of the distance between the ends; and in pixels
LEAN = (-0.5, -0.25, 0.0, 0.25, 0.5)  # how far to one side it may hang, as a share of its sag
NEAR, CLOSE = 6.0, 2.5  # pixels across, in which the strongest ridge is looked for: at first, and then
BENDS = 160.0  # pixels apart, by which a line may differ from the parabola, and from frame to frame
LONG, LONGER = 9, 15  # pixels along that are averaged
ROOM = 12.0  # pixels that a line is followed beyond it
SKIN = 0.8  # how much that counts, against how much it stands out
SEEN = 0.5  # of how clearly most of it is seen: less, and it ends
STAYS = 0.02  # of a ridge's score: what it costs to be as far as possible from where motion leads


def hung(
    features: FloatArray, start: tuple[float, float], end: tuple[float, float], width: float
) -> tuple[Doubles, float]:
    """What hangs between two places: the parabola along which a thin thing is seen most clearly, settled; its width.

    Args:
        features: [H, W, 3] float32, stops; NaN where there is no picture.
        start, end: x and y, pixels of `features`.
        width: in pixels; 0: several are tried.
    """
    chord = straight(start, end)
    length = len(chord)
    reach, near = float(np.clip(SAG * length, LEAST_SAG, MOST_SAG)), NEAR
    sparse = chord[np.unique(np.linspace(0, length - 1, min(SAMPLES, length)).round().astype(np.int64))]
    values = strip(features, sparse, reach + near)
    share = np.linspace(0, 1, len(sparse))
    sags, lean = np.arange(-reach, reach + 1), np.array(LEAN)[:, None, None]
    tried = (4 * sags[None, :, None] * share * (1 - share) * (1 + lean * (2 * share - 1))).reshape(-1, len(sparse))
    widths = (width,) if width else WIDTHS
    clear = np.stack([_along_each(_widened(ridges(values, one, 1)), tried, reach + near) for one in widths])
    which, best = np.unravel_index(int(clear.argmax()), clear.shape)
    across = np.interp(np.linspace(0, 1, length), share, tried[best])
    return settled(features, bent(chord, across), widths[which], None, NEAR), widths[which]


def _widened(score: FloatArray) -> FloatArray:
    """Scores that count two samples to each side as well: a parabola is only nearly a wire."""
    return np.asarray(cv2.dilate(score, np.ones((5, 1), np.uint8)), np.float32)


def _along_each(score: FloatArray, tried: Doubles, reach: float) -> Doubles:
    """The mean score [M] along each of many ways [M, N] across a strip [D, N]."""
    rows = np.clip(np.round(tried / STEP).astype(np.int64) + len(offsets(reach)) // 2, 0, len(score) - 1)
    return np.asarray(score[rows, np.arange(score.shape[1])].mean(1), np.float64)


def shifted(
    features: FloatArray, points: Doubles, width: float, reach: float, skin: Skin | None
) -> tuple[Doubles, float]:
    """The line moved, tilted and sagged as a whole to where it is clearest, and how clear it is there."""
    picked = np.unique(np.linspace(0, len(points) - 1, min(SAMPLES, len(points))).round().astype(np.int64))
    share = picked / max(len(points) - 1, 1) * 2 - 1
    score = _widened(_score(strip(features, points[picked], 2 * reach + width), width, 1, skin))
    moves, tilts = np.arange(-reach, reach + 0.1), np.arange(-reach / 2, reach / 2 + 0.1, 1.5)
    a, b, c = (part.reshape(-1, 1) for part in np.meshgrid(moves, tilts, tilts, indexing="ij"))
    clear = _along_each(score, a + b * share + c * (1 - share**2), 2 * reach + width)
    clear = clear - STAYS * ((a / reach) ** 2 + (2 * b / reach) ** 2 + (2 * c / reach) ** 2)[:, 0]
    best = int(clear.argmax())
    whole = np.linspace(-1, 1, len(points))
    offset = a[best] + b[best] * whole + c[best] * (1 - whole**2)
    return bent(points, offset), float(clear[best])


def settled(features: FloatArray, points: Doubles, width: float, skin: Skin | None, reach: float = CLOSE) -> Doubles:
    """Where a line is clearest near the way given, from which it bends smoothly."""
    close = max(CLOSE, width / 2)
    for near, along in ((max(reach, close), LONG), (close, LONGER)):
        score = _score(strip(features, points, near + width), width, along, skin)
        across, strength = path(score[_within(near, width)])
        points = bent(points, smoothed(across, strength, BENDS))
    return points


def measured(features: FloatArray, points: Doubles, width: float, *, fixed: bool) -> Line:
    """The line laid on its middle, with its width, unless that is `fixed`, and its blur."""
    reach = 1.5 * width + 3
    along = [points + side * (2 * reach) * normals(points) for side in (0, -1, 1)]
    own, *beside = (strip(features, at, reach) for at in along)
    seen = profile(own, beside, width)
    points = bent(points, np.full(len(points), seen.middle))
    return Line(points, width if fixed else seen.width, seen.blur)


def as_far_as_seen(
    features: FloatArray, points: Doubles, width: float, skin: Skin | None, border: tuple[bool, bool]
) -> Doubles:
    """The line as far as it is seen: an end in the picture may have come out from behind something, or gone there."""
    if len(points) < 2 * LONGER:
        return points
    inner = not border[0], not border[1]
    longer = extended(points, ROOM, inner)
    clear = _along_the_middle(_score(strip(features, longer, NEAR + width), width, LONG, skin))
    more = clear - SEEN * np.median(clear)
    for last in (False, True):
        if inner[last]:
            gained = np.cumsum(more) if last else np.cumsum(more[::-1])
            far = len(more) // 2 + int(gained[len(more) // 2 :].argmax()) + 1
            cut = slice(0, far) if last else slice(len(more) - far, len(more))
            longer, more = longer[cut], more[cut]
    return longer


def clearness(features: FloatArray, line: Line) -> float:
    """How clearly a line is seen, in the mean along it; below 1 texture is as strong."""
    score = ridges(strip(features, line.points, NEAR + 4 * line.width), line.width, LONG)
    inside = np.isfinite(strip(features, line.points, 0)[0]).all(1)
    along = _along_the_middle(score)[inside]
    return float(along.mean()) if len(along) else 0.0


def _score(values: FloatArray, width: float, along: int, skin: Skin | None) -> FloatArray:
    """How much each sample of a strip looks like the middle of the line: [D, N]."""
    if skin is None:
        return ridges(values, width, along)
    # Where it is lit from one side the strongest ridge isn't its middle.
    return SKIN * alike(values, skin, along) + (1 - SKIN) * ridges(values, width, along)


def _within(near: float, width: float) -> slice:
    """The rows of a strip of `near` + `width` pixels that lie within `near`."""
    rows, inner = len(offsets(near + width)), len(offsets(near))
    return slice((rows - inner) // 2, (rows - inner) // 2 + inner)


def _along_the_middle(score: FloatArray) -> Doubles:
    """[N]: the score in a strip's middle."""
    middle = len(score) // 2
    return np.asarray(score[middle - 1 : middle + 2].max(0), np.float64)
