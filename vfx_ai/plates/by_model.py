"""A new plate by a model, whichever kind it is: one that learned from the studio's own footage, or one of diffusers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfx_ai.errors import JobError
from vfx_ai.fill.allowed import refuse_early
from vfx_ai.fill.internal import FAMILY
from vfx_ai.plates.jobs_new import PlateByModel
from vfx_ai.studio.models import find_model

if TYPE_CHECKING:
    from vfx_ai.plates.drawn import Drawn
    from vfx_ai.plates.imagined import Imagined

_ASKED_FIRST = ("lora", "use", "policy", "models_dir")  # what decides whether it may be used
_OF_BOTH = ("frames", "size", "seed", "start", "use", "policy", "models_dir", "device", "aovs", "progress", "cancelled")


def plate_by_model(prompt: str, output: str, *, model: str, memory: str, **asked: Any) -> Drawn | Imagined:
    """Make a plate by a model.

    Args:
        prompt: what it shows; only of a model that takes words.
        output: where results go.
        model: a name in the registry.
        memory: frame budget.
        asked: of `imagine_plate`.

    Raises:
        VfxAiError: see `draw_plate` and `imagine_plate`; or what is asked means nothing to that kind of model.
    """
    refuse_early(PlateByModel(model, output, **{name: asked[name] for name in _ASKED_FIRST}))
    if not model or find_model(model, folder=asked["models_dir"]).family != FAMILY:
        from vfx_ai.plates.imagined import imagine_plate

        return imagine_plate(prompt, output, model=model, **asked)
    for name, value in {"prompt": prompt, **asked}.items():
        if value and name not in _OF_BOTH and name not in ("colorspace", "force"):
            option = "--" + name.replace("_", "-")
            raise JobError(
                f"{option} means nothing to {model}, which learned from footage alone", remedy=f"Leave {option} out."
            )
    from vfx_ai.plates.drawn import draw_plate

    return draw_plate(model, output, memory=memory, **{name: asked[name] for name in _OF_BOTH})
