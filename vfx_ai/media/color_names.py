"""Color spaces by their names, as the OpenColorIO config in use has them: taken apart into a curve and a matrix."""

from __future__ import annotations

import difflib
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from vfx_ai.errors import InputError, JobError
from vfx_ai.media import color_config, color_primaries
from vfx_ai.media.color_config import Step
from vfx_ai.media.color_primaries import Chromaticities
from vfx_ai.media.color_space import IN_REC709, OWN, Light, Space

# Short names, and what they are called in OpenColorIO's own configs, in the order in which they are looked for.
ALIASES: dict[str, tuple[str, ...]] = {
    "acescg": ("ACEScg", "lin_ap1_scene"),
    "aces2065-1": ("ACES2065-1", "lin_ap0_scene"),
    "acescct": ("ACEScct",),
    "logc3": ("ARRI LogC3 (EI800)", "AlexaV3LogC"),
    "logc4": ("ARRI LogC4",),
    "slog3": ("S-Log3 S-Gamut3.Cine",),
    "slog3-sgamut3": ("S-Log3 S-Gamut3",),
    "vlog": ("V-Log V-Gamut",),
    "log3g10": ("Log3G10 REDWideGamutRGB",),
    "clog2": ("CanonLog2 CinemaGamut D55",),
    "clog3": ("CanonLog3 CinemaGamut D55",),
    "bmdfilm": ("BMDFilm WideGamut Gen5",),
    "davinci": ("DaVinci Intermediate WideGamut",),
    "dlog": ("D-Log D-Gamut",),
    "applelog": ("Apple Log",),
    "adx10": ("ADX10",),
    "rec2020": ("Linear Rec.2020", "lin_rec2020_scene"),
    "p3": ("Linear P3-D65", "lin_p3d65_scene"),
}
# A curve whose way back misses by more than half a code of 10 bits is no curve to work through.
_MOST_OFF = 0.5 / 1023
# Codes that tell a space's matrix and curve apart: all channels alike, then one of them more.
_CODE, _MORE = 0.4, 0.2
_MIXED = 1e-4  # relative; single precision leaves some 1e-6
_SAME_LIGHT = 1e-4


def named(name: str, why: str) -> Space:
    """The color space that a person or a file calls `name`.

    Args:
        name: as the config in use has it (also its aliases and roles), or one of ALIASES and OWN; case doesn't count.
            What the config in use lacks is taken from the built-in one, which has the logs of all cameras.
        why: see Space.

    Raises:
        JobError: there is none; the message has those that are near. Or its curve can't be turned back.
        InputError: $OCIO names a config that can't be used.
    """
    found = find(name, why)
    if found is None:
        raise JobError(
            f"there is no color space {name!r} in the config ({color_config.described()})",
            remedy=f"Use --colorspace with one of: {', '.join(_near(name))}.",
        )
    return found


def find(name: str, why: str) -> Space | None:
    """The same as `named`, or None if there is none.

    Raises:
        JobError: its curve can't be turned back. InputError: $OCIO names a config that can't be used.
    """
    key, in_use = name.strip().lower(), color_config.from_environment()
    if not key:
        return None
    candidates = (name.strip(), *ALIASES.get(key, ()))
    if found := _first_of(in_use, candidates):
        return replace(found, why=why)
    if key in OWN:
        return replace(OWN[key], why=why)
    if (found := _first_of("", candidates) if in_use else None) and found.light.chromaticities:
        # Another config's names mean nothing to the one in use, but chromaticities do.
        light = Light(found.light.name, found.light.chromaticities)
        return replace(found, light=light, why=f"{why}; of the built-in config")
    return None


def _first_of(config_name: str, candidates: tuple[str, ...]) -> Space | None:
    """The first of some color spaces that a config has."""
    config = color_config.loaded(config_name)
    for candidate in candidates:
        if (space := config.getColorSpace(candidate)) is not None:
            return _of_config(config_name, space.getName())
    return None


def _near(name: str) -> list[str]:
    """Names that someone may have meant: near by letters, or with the same letters in them."""
    known = [space.getName() for space in color_config.config().getColorSpaces()]
    offered = {plain(one): one for one in (*known, *ALIASES, *OWN)}
    typed = plain(name)
    near = [one for key, one in offered.items() if len(typed) > 2 and (typed in key or key in typed)]
    near += [offered[key] for key in difflib.get_close_matches(typed, offered, n=8, cutoff=0.5)]
    return list(dict.fromkeys(near))[:8] or list(ALIASES)


def plain(name: str) -> str:
    """A name's letters and digits alone, in lower case."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


@lru_cache(maxsize=256)
def _of_config(config_name: str, name: str) -> Space:
    config = color_config.loaded(config_name)
    space = config.getColorSpace(name)
    with color_config.told(config_name):
        identity = f"{config.getCacheID()} {name}" if config_name else f"{color_config.BUILT_IN} {name}"
    if space.isData():
        return Space(name, "", IN_REC709, identity="linear")
    working = working_space(config)
    step = Step(config_name, name, working)
    matrix, curved, crossed = _taken_apart(step)
    video = space.getEncoding() == "sdr-video"
    if crossed:
        light = Light(f"the config's {working}", source=working)
        made = Space(name, "", light, step, crossed=True, video=video, identity=identity)
    else:
        light = _light(config_name, working, matrix, "" if curved else name)
        if light.source != working or not light.matrix:
            step = Step(config_name, name, light.source)
        else:
            step = replace(step, matrix=tuple(np.linalg.inv(matrix).ravel().tolist()))
        made = Space(name, "", light, step if curved else None, video=video, identity=identity if curved else "linear")
    if not made.linear:
        _check_way_back(made)
    return made


def working_space(config: Any) -> str:
    """The role or space that a config's spaces are compared by.

    Raises:
        JobError: it has neither.
    """
    for role in ("scene_linear", "aces_interchange"):
        if config.hasRole(role):
            return str(config.getRoleColorSpace(role))
    raise JobError(
        f"the OpenColorIO config ({color_config.described()}) has no role scene_linear",
        remedy="Give it that role, or unset $OCIO.",
    )


def _taken_apart(step: Step) -> tuple[Any, bool, bool]:
    """A space's matrix [3, 3] from its own light to the working space, whether it has a curve, and whether the two
    can't be told apart."""
    codes = np.full((4, 3), _CODE, np.float32)
    codes[1:] += _MORE * np.eye(3, dtype=np.float32)
    shown = step.forward(codes).astype(np.float64)
    matrix = (shown[1:] - shown[0]).T
    straight = step.forward(np.eye(3, dtype=np.float32)).astype(np.float64).T
    rng = np.random.default_rng(14)
    mixed = rng.uniform(0.05, 0.95, (64, 3)).astype(np.float32)
    seen = step.forward(mixed).astype(np.float64)
    if np.allclose(mixed @ straight.T, seen, rtol=_MIXED, atol=_MIXED * np.abs(seen).max()):
        return straight, False, False
    if not np.isfinite(matrix).all() or np.linalg.cond(matrix) > 1e4:
        return np.eye(3), True, True
    matrix /= matrix.sum(1).mean()
    undone = np.linalg.inv(matrix)
    light = seen @ undone.T
    alone = np.stack([(step.forward(np.repeat(mixed[:, i : i + 1], 3, 1)) @ undone.T)[:, i] for i in range(3)], 1)
    crossed = not np.allclose(light, alone, rtol=_MIXED, atol=_MIXED * float(np.abs(light).max()))
    return matrix, True, crossed


def _light(config_name: str, working: str, matrix: Any, own_name: str) -> Light:
    """Light whose matrix to the working space is known, by the config's name for it if it has one."""
    flat = tuple(float(value) for value in matrix.ravel())
    chromaticities = _chromaticities(config_name, working, matrix)
    for name, other in _linear_spaces(config_name, working):
        if name == own_name or (not own_name and np.allclose(other, matrix, atol=_SAME_LIGHT)):
            return Light(name, chromaticities, name)
    known = color_primaries.name_of(chromaticities) if chromaticities else ""
    return Light(f"{known} primaries" if known else f"light of {working}, turned", chromaticities, working, flat)


@lru_cache(maxsize=8)
def _linear_spaces(config_name: str, working: str) -> tuple[tuple[str, Any], ...]:
    """The config's scene-linear spaces, and the matrix [3, 3] from each to the working space."""
    import PyOpenColorIO as ocio  # noqa: N813

    config = color_config.loaded(config_name)
    unit, found = np.eye(3, dtype=np.float32), []
    for name in (space.getName() for space in config.getColorSpaces() if not space.isData()):
        # A space that isn't asked for may well have a file that isn't there.
        with suppress(InputError), color_config.told(config_name):
            if config.isColorSpaceLinear(name, ocio.REFERENCE_SPACE_SCENE):
                found.append((name, Step(config_name, name, working).forward(unit).astype(np.float64).T))
    return tuple(found)


def _chromaticities(config_name: str, working: str, matrix: Any) -> Chromaticities:
    """Those that are known of light with this matrix to the working space; empty if none are."""
    config = color_config.loaded(config_name)
    if not config.hasRole("aces_interchange"):
        return ()
    unit = np.eye(3, dtype=np.float32)
    to_ap0 = Step(config_name, working, "aces_interchange").forward(unit).astype(np.float64).T
    return color_primaries.KNOWN.get(color_primaries.known_by_matrix(to_ap0 @ matrix), ())


def _check_way_back(space: Space) -> None:
    rng = np.random.default_rng(15)
    gray = np.repeat(np.linspace(0, 1, 257, dtype=np.float32)[:, None], 3, 1)
    codes = np.concatenate([gray, rng.uniform(0.1, 0.9, (256, 3)).astype(np.float32)])
    off = np.abs(space.encode(space.decode(codes)) - codes).max()
    if not off <= _MOST_OFF:
        raise JobError(
            f"the color space {space.name!r} can't be turned back: codes come back off by {off:.2g}",
            remedy="Use --colorspace with one that has an exact inverse, e.g. the camera's own log.",
        )
