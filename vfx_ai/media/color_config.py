"""The OpenColorIO config in use: the one that $OCIO names, else one of those that OpenColorIO brings along.

It is read once in a process. Nothing of OpenColorIO is imported before a color space has to be known.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.media.frame import FloatArray

# Pinned, so that the same plate is understood alike by whatever version is installed. It has the camera logs, which
# the "cg" configs lack, and OpenColorIO 2.5 and later can read it.
BUILT_IN = "studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
VARIABLE = "OCIO"
# What OpenColorIO calls its own configs in $OCIO.
BUILT_IN_PREFIX = "ocio://"


def from_environment() -> str:
    """What $OCIO names; "" if it is unset or empty."""
    return os.environ.get(VARIABLE, "").strip()


def config() -> Any:
    """The PyOpenColorIO.Config in use.

    Raises:
        InputError: $OCIO names what can't be read, or isn't a config.
    """
    return loaded(from_environment())


def described() -> str:
    """Where the config in use comes from, for a person."""
    named = from_environment()
    return f"$OCIO, {named}" if named else f"built in, {BUILT_IN}"


def studio_rules() -> bool:
    """Whether the config has file rules that a studio wrote; those of built-in configs call any EXR ACES2065-1."""
    named = from_environment()
    return bool(named) and not named.startswith(BUILT_IN_PREFIX)


@lru_cache(maxsize=4)
def loaded(named: str) -> Any:
    """The PyOpenColorIO.Config that $OCIO names as `named`; "": the built-in one.

    Raises:
        InputError: it can't be read, or isn't a config.
    """
    import PyOpenColorIO as ocio  # noqa: N813

    # What is wrong with a config is told by an error, once, and not by lines among the program's own.
    ocio.SetLoggingLevel(ocio.LOGGING_LEVEL_NONE)
    if not named:
        return ocio.Config.CreateFromBuiltinConfig(BUILT_IN)
    if not named.startswith(BUILT_IN_PREFIX) and Path(named).exists() and not Path(named).is_file():
        raise unusable(named, ValueError("it is no plain file"))
    with told(named):
        return ocio.Config.CreateFromFile(named)


@contextmanager
def told(named: str) -> Iterator[None]:
    """What OpenColorIO finds wrong with a config, or a file that it names, while it is used, is one error of it.

    Raises:
        InputError: it found something.
    """
    import PyOpenColorIO as ocio  # noqa: N813

    try:
        yield
    except (ocio.Exception, ocio.ExceptionMissingFile, UnicodeDecodeError) as error:  # the last where it quotes a file
        raise unusable(named, error) from None


def unusable(named: str, error: Exception) -> InputError:
    """The error for a config, or a transform of it, that OpenColorIO can't make use of."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0].rstrip(".") if lines else type(error).__name__
    return InputError(
        f"the OpenColorIO config that $OCIO names can't be used: {said}",
        file=named or BUILT_IN,
        remedy="Correct $OCIO, or unset it to use the config that comes with vfx-ai.",
    )


@dataclass(frozen=True)
class Step:
    """A transform between two of a config's spaces, and a matrix after it.

    Attributes:
        config: what $OCIO names, so that another config has transforms of its own.
        source, target: color spaces or roles.
        matrix: nine numbers, row by row, applied to what is in the target's space; none: nothing is.
    """

    config: str
    source: str
    target: str
    matrix: tuple[float, ...] = ()

    def forward(self, values: FloatArray) -> FloatArray:
        """float32 [..., 3] from the source's space; unbounded, a new array.

        Raises:
            InputError: the config can't do it, since a file that it names is missing, for one.
        """
        return applied(_processor(self, False), values)

    def back(self, values: FloatArray) -> FloatArray:
        """The inverse of `forward`."""
        return applied(_processor(self, True), values)


@lru_cache(maxsize=256)
def _processor(step: Step, inverse: bool) -> Any:
    import PyOpenColorIO as ocio  # noqa: N813

    group = ocio.GroupTransform()
    group.appendTransform(ocio.ColorSpaceTransform(src=step.source, dst=step.target))
    if step.matrix:
        group.appendTransform(ocio.MatrixTransform(four_by_four(step.matrix)))
    direction = ocio.TRANSFORM_DIR_INVERSE if inverse else ocio.TRANSFORM_DIR_FORWARD
    with told(step.config):
        # Exact rather than quick: the quick ones are off by 1e-5 of the light.
        made = loaded(step.config).getProcessor(group, direction)
        return made.getOptimizedCPUProcessor(ocio.OPTIMIZATION_LOSSLESS)


def four_by_four(matrix: tuple[float, ...]) -> list[float]:
    """Nine numbers of a color matrix as the sixteen that OpenColorIO takes."""
    wide = np.eye(4)
    wide[:3, :3] = np.reshape(matrix, (3, 3))
    return [float(value) for value in wide.ravel()]


def applied(cpu: Any, values: FloatArray) -> FloatArray:
    """What a PyOpenColorIO.CPUProcessor makes of float32 [..., 3], as a new array."""
    out = np.array(values, np.float32, order="C")  # it works in place, and on contiguous arrays alone
    cpu.applyRGB(out)
    return out
