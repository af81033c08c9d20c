"""Where the color space of a plate is found: what the user says, $OCIO's file rules, the file's name and its header.

What a name or a rule says is believed only where it fits the kind of file: a name that ends in "srgb" doesn't make an
EXR sRGB-encoded, nor "linear" a file of integers linear.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from vfx_ai.errors import JobError
from vfx_ai.media import color_config, color_primaries
from vfx_ai.media.color_names import ALIASES, find, named
from vfx_ai.media.color_primaries import Chromaticities
from vfx_ai.media.color_space import LINEAR, Space, with_chromaticities

# Words that files' names hold for other reasons, or that mean no space in particular.
_NO_NAMES = frozenset({"aces", "none", "raw", "vlog", "dlog", "davinci", "p3", "rec2020"})
_OWN_NAMES = ("srgb", "rec709", "cineon")
# What headers say that tells no primaries.
_NO_STATEMENTS = frozenset({"linear", "lin", "scene_linear", "default", "unknown", "data", "raw"})


@dataclass(frozen=True)
class Facts:
    """What a file tells of its color.

    Attributes:
        path: of the file.
        floating: its numbers are half or float.
        assumed: what it is taken for if nothing is known.
        stated: names of color spaces in its header, and where they stand.
        chromaticities: eight numbers; empty if it has none.
    """

    path: Path
    floating: bool
    assumed: Space = LINEAR
    stated: tuple[tuple[str, str], ...] = ()
    chromaticities: Chromaticities = ()


def space_of(facts: Facts, asked: str = "") -> Space:
    """The color space of a file.

    Args:
        facts: what the file tells.
        asked: what the user says; empty: the file speaks for itself.

    Raises:
        JobError: there is no space of the name asked for, or it can't be turned back.
        InputError: $OCIO names a config that can't be used.
    """
    if asked.strip():
        space = named(asked, "as asked")
        own = space.identity == LINEAR.identity and space.light == LINEAR.light
        if own and color_primaries.usable(facts.chromaticities):
            return with_chromaticities(space, facts.chromaticities, "as asked; primaries by its chromaticities")
        return space
    return (
        (_by_rules(facts, default=False) if color_config.studio_rules() else _by_name(facts))
        or _by_header(facts)
        or _by_chromaticities(facts)
        or (_by_rules(facts, default=True) if color_config.studio_rules() else None)
        or facts.assumed
    )


def _by_rules(facts: Facts, *, default: bool) -> Space | None:
    """What the file rules of $OCIO say; the rule for what no other rule knows counts as `default`."""
    config = color_config.config()
    path = str(facts.path)
    if config.filepathOnlyMatchesDefaultRule(path) != default:
        return None
    name, index = config.getColorSpaceFromFilepath(path)
    space = _found(name, f"by the rule {config.getFileRules().getName(index)} of $OCIO")
    # A studio's own rule is an order; the one for everything else can't mean each kind of file.
    return space if space is None or not default or _fits(space, facts) else None


def _by_name(facts: Facts) -> Space | None:
    """The space whose name stands in the file's name between other words; the last one, if there are several."""
    words = f"_{_words(facts.path.stem)}_"
    places = [(words.rfind(f"_{key}_") + len(key), len(key), name) for key, name in _names(_config_key())]
    at = max((place for place in places if place[0] >= place[1]), default=None)
    if at is None:
        return None
    space = _found(at[2], "by the name of the file")
    return space if space is not None and _fits(space, facts) else None


def _by_header(facts: Facts) -> Space | None:
    for statement, where in facts.stated:
        if statement.strip().lower() not in _NO_STATEMENTS:
            space = _found(statement, f"by its header: {where}")
            if space is not None:
                return space
    return None


def _by_chromaticities(facts: Facts) -> Space | None:
    if not facts.assumed.linear or not color_primaries.usable(facts.chromaticities):
        return None
    return with_chromaticities(facts.assumed, facts.chromaticities, "by its chromaticities")


def _found(name: str, why: str) -> Space | None:
    """The space of that name, if there is one that can be worked in."""
    with suppress(JobError):
        return find(name, why)
    return None


def _fits(space: Space, facts: Facts) -> bool:
    return not space.video if facts.floating else not space.linear


def _config_key() -> str:
    color_config.config()
    return color_config.from_environment()


@lru_cache(maxsize=4)
def _names(_config: str) -> tuple[tuple[str, str], ...]:
    """What may stand in a file's name, as words, and the space that it means."""
    spaces = [space for space in color_config.config().getColorSpaces() if not space.isData()]
    pairs = {_words(name): space.getName() for space in spaces for name in (space.getName(), *space.getAliases())}
    pairs |= {_words(name): name for name in (*ALIASES, *_OWN_NAMES)}
    return tuple((key, name) for key, name in pairs.items() if key not in _NO_NAMES)


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def with_why(space: Space, why: str) -> Space:
    """The same space, known by something else."""
    return replace(space, why=why)
