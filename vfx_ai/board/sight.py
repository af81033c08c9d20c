"""Which of a catalogue's shots show what a script says, by a model of words and pictures, if one is registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vfx_ai.board.jobs import BY_WORDS, Storyboard
from vfx_ai.errors import JobError, VfxAiError
from vfx_ai.job import Event, Progress
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_text import Directions, directions
from vfx_ai.studio.model import Model
from vfx_ai.studio.models import registered
from vfx_ai.studio.text_model import SEARCH, TextModel, search_model

NOTHING = "a picture"  # a text that says nothing: what fits a shot must fit better than that


@dataclass
class Sight:
    """A model that looks at shots, opened when it is first asked.

    Attributes:
        folder: of the catalogue.
        model: of the registry.
        must: it was named, so that an error ends the board; else words alone go on.
        progress, stop: are told of, and asked while, shots are seen for the first time.
    """

    folder: str
    model: Model
    must: bool
    progress: Progress
    stop: Callable[[], None]
    _open: tuple[TextModel, Directions] | None = None
    _plain: dict[int, float] = field(default_factory=dict)

    def better(self, text: str) -> list[int]:
        """Numbers of the shots that a text fits better than one that says nothing, the best first.

        Raises:
            VfxAiError: the model can't be opened, or the catalogue can't be read or written; Interrupted.
        """
        if self._open is None:
            model = TextModel(self.model)
            self._open = model, self._looked(model)
            self._plain = self._open[1].scores(NOTHING, model)
        model, seen = self._open
        scores = seen.scores(text, model)
        fits = [number for number, score in scores.items() if score > self._plain.get(number, 1.0)]
        return sorted(fits, key=lambda number: (-scores[number], number))

    def _looked(self, model: TextModel) -> Directions:
        def told(event: Event) -> None:
            self.progress(Event("step", "board", event.text, event.done, event.total))

        with opened(self.folder) as catalogue:
            return directions(catalogue, model, told, self.stop)


def sight_of(asked: Storyboard, told: dict[str, Any], progress: Progress, stop: Callable[[], None]) -> Sight | None:
    """The model that looks; None: none is registered, it may not be used, or words alone are to count.

    Args:
        asked: the board.
        told: gets what is to be known of a model that isn't asked.
        progress, stop: see `Sight`.

    Raises:
        JobError: it was named, and isn't there or may not be used so.
    """
    if asked.search == BY_WORDS:
        return None
    try:
        model = search_model(asked.search, use=asked.use, policy=asked.policy, models_dir=asked.models_dir)
    except VfxAiError as error:
        if asked.search:
            raise
        if not isinstance(error, JobError) or any(one.task == SEARCH for one in registered(asked.models_dir)):
            told[
                f"The catalogue is looked through by its words alone: {error.message}. Name a model with --search."
            ] = None
        return None
    return Sight(asked.catalogue, model, bool(asked.search), progress, stop)
