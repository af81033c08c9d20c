"""Elements made by arithmetic, the like of which another seed makes: fire, water with glints, leaves, clouds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def noise(points: tuple[Array, Array, Array], seed: int) -> Array:
    """Smooth noise about -1..1 at places (x, y, t), one cell a unit; repeats after 64."""
    grid = np.random.default_rng(seed).uniform(-1, 1, (64, 64, 64)).astype(np.float32)
    whole = [np.floor(p).astype(int) for p in points]
    part = [p - w for p, w in zip(points, whole, strict=True)]
    soft = [f * f * f * (f * (f * 6 - 15) + 10) for f in part]
    out = np.zeros(np.broadcast_shapes(*(p.shape for p in points)), np.float32)
    for corner in range(8):
        bits = [(corner >> i) & 1 for i in range(3)]
        weight = np.ones_like(out)
        for bit, s in zip(bits, soft, strict=True):
            weight = weight * (s if bit else 1 - s)
        at = [(w + b) % 64 for w, b in zip(whole, bits, strict=True)]
        out += weight * grid[at[0], at[1], at[2]]
    return out


def octaves(points: tuple[Array, Array, Array], seed: int, count: int, gain: float = 0.5) -> Array:
    """Noise at several sizes, each half the size of the one before."""
    total, weight = np.float32(0), 1.0
    for i in range(count):
        total = total + weight * noise(tuple(p * 2**i for p in points), seed * 31 + i)
        weight *= gain
    return np.asarray(total, np.float32)


def _axes(frames: int, height: int, width: int) -> tuple[Array, Array, Array]:
    """Places in units of the picture's height, and time in frames: t [T,1,1], y [1,H,1], x [1,1,W]."""
    t = np.arange(frames, dtype=np.float32)[:, None, None]
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[None, :, None]
    x = ((np.arange(width, dtype=np.float32) + 0.5) / height)[None, None]
    return t, y, x


def fire(frames: int, height: int, width: int, seed: int) -> Array:
    """Flames up to 40 before black, [T, H, W, 3]."""
    t, y, x = _axes(frames, height, width)
    sway = 0.12 * octaves((x * 2 + 0 * t, y * 2 + t * 0.09, t * 0.05), seed + 7, 2)
    rise = octaves(((x + sway) * 5, y * 2.2 + t * 0.13, t * 0.06 + 0 * x), seed, 4)
    heat = np.clip(1.5 * y - 0.75 + 0.75 * rise, 0, 1.2)
    body = heat**2.2
    color = np.stack([40 * body**1.6, 22 * body**2.3, 9 * body**3.4], -1)
    return np.minimum(color, 40).astype(np.float32) + np.float32(0.002)


def water(frames: int, height: int, width: int, seed: int) -> Array:
    """A sea from above with sun glints of 25 that are a pixel or two wide, [T, H, W, 3]."""
    draw = np.random.default_rng(seed)
    t, y, x = _axes(frames, height, width)
    rise = np.zeros((frames, height, width), np.float32)
    slope = np.zeros_like(rise)
    for _ in range(28):
        length = np.exp(draw.uniform(np.log(0.08), np.log(0.5)))
        angle = draw.normal(0.4, 0.5)
        k = 2 * np.pi / length
        speed = 0.55 * np.sqrt(k)
        high = length**1.1 * draw.uniform(0.5, 1)
        turn = k * (np.cos(angle) * x + np.sin(angle) * y) - speed * t * 0.5 + draw.uniform(0, 6.3)
        rise += (high * np.sin(turn)).astype(np.float32)
        slope += (high * k * np.cos(turn) * np.sin(angle + 0.5)).astype(np.float32)
    rise /= rise.std()
    slope /= slope.std()
    base = 0.06 * 2 ** (0.9 * rise)
    glint = np.clip((slope - 2.2) / 0.25, 0, 1) ** 2 * (noise((x * 90, y * 90, t * 0.6), seed + 3) > 0.1)
    color = np.stack([0.5 * base, 0.85 * base, base], -1) + 25 * glint[..., None]
    return color.astype(np.float32)


def leaves(frames: int, height: int, width: int, seed: int) -> Array:
    """Foliage that sways in wind, with bits of sky behind it, [T, H, W, 3]."""
    t, y, x = _axes(frames, height, width)
    wind = 0.03 * octaves((x * 1.5 - t * 0.06, y * 1.5 + 0 * t, t * 0.03), seed + 5, 2)
    flutter = 0.008 * noise((x * 9, y * 9, t * 0.25), seed + 6)
    u, v = x + wind + flutter, y + 0.4 * wind + flutter
    still = np.zeros_like(u)
    ridge = 1 - np.abs(octaves((u * 11, v * 14, still), seed, 3, 0.6))
    light = 0.5 + 0.5 * octaves((u * 4, v * 4, still + 9), seed + 1, 2)
    shade = 0.03 + 0.25 * np.clip(ridge, 0, 1.4) ** 3 * (0.3 + light)
    color = np.stack([0.55 * shade, shade, 0.25 * shade], -1)
    gap = np.clip((octaves((u * 7, v * 7, still + 3), seed + 2, 3) - 0.55) * 6, 0, 1)[..., None]
    return (color * (1 - gap) + gap * np.array([1.4, 1.9, 2.8], np.float32)).astype(np.float32)


def clouds(frames: int, height: int, width: int, seed: int) -> Array:
    """Clouds drifting over a smooth sky, [T, H, W, 3]."""
    t, y, x = _axes(frames, height, width)
    form = octaves((x * 2.2 - t * 0.012, y * 3 + 0 * t, t * 0.01 + 0 * x), seed, 5)
    cover = np.clip((form + 0.05) * 2, 0, 1)[..., None]
    sky = np.stack([0.12 + 0.25 * y, 0.25 + 0.3 * y, 0.6 + 0.25 * y], -1) + 0 * cover
    cloud = (0.9 + 0.5 * form[..., None]) * np.array([1.0, 0.98, 0.95], np.float32)
    return (sky * (1 - cover) + cloud * cover).astype(np.float32)


ELEMENTS: dict[str, Callable[[int, int, int, int], Array]] = {
    "fire": fire,
    "water": water,
    "leaves": leaves,
    "clouds": clouds,
}
