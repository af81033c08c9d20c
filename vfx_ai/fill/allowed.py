"""A model that may not be used, refused while nothing heavy is imported yet. A run asks once more, for itself."""

from __future__ import annotations

from vfx_ai.fill import MAKERS
from vfx_ai.studio.models import Asks, chosen


def refuse_early(asked: Asks) -> None:
    """Refuse what is asked if its model, or what is laid on it, isn't there or may not be used.

    Args:
        asked: a Job, an Extend or an Edit; where it names an engine that asks no model, the run says so.

    Raises:
        JobError, InputError, RightsError: as `chosen`.
    """
    if getattr(asked, "engine", None) in (None, *MAKERS):
        chosen(asked)
