"""Reading the arrays that an analysis wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from vfx_ai.errors import InputError


def read_array(path: Path, take: Callable[[Any], Any]) -> Any:
    """What `take` takes out of a file of arrays.

    Raises:
        InputError: it is damaged.
    """
    try:
        with path.open("rb") as file:
            return take(np.load(file, allow_pickle=False))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise InputError(
            f"the analysis can't be read: {error}", file=path, remedy=f"Delete {path.parent} and run again."
        ) from None
