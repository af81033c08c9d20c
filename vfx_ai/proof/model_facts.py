"""What a sidecar says of the models whose output is in a result: licence, files, and what they were trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

SHOT_ALONE = "the frames of this shot alone, without what its matte hides"


class File(Protocol):
    """A file of a model."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def bytes(self) -> int: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102


class Model(Protocol):
    """A row of the registry of models."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def licence(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def revision(self) -> str: ...  # noqa: D102
    @property
    def trained_on(self) -> str: ...  # noqa: D102
    @property
    def conditions(self) -> str: ...  # noqa: D102
    @property
    def uses(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def files(self) -> Sequence[File]: ...  # noqa: D102
    @property
    def known_by(self) -> str: ...  # noqa: D102


class Chosen(Protocol):
    """What a job's pixels are made by."""

    @property
    def model(self) -> Model: ...  # noqa: D102
    @property
    def loras(self) -> Sequence[tuple[Model, float]]: ...  # noqa: D102
    @property
    def trainings(self) -> Mapping[str, Mapping[str, Any]]: ...  # noqa: D102


def model_facts(chosen: Chosen | None, engine: str) -> tuple[dict[str, Any], ...]:
    """The models of a job, as JSON's types, the LoRAs behind the one that they are laid on.

    Args:
        chosen: the model and its LoRAs; None: the job names none.
        engine: that was asked for; without a model, `internal` learns from the shot.
    """
    if chosen is None:
        return ({"name": "learned from this shot", "licence": "the plate's own", "trained_on": SHOT_ALONE},) * (
            engine == "internal"
        )
    known = chosen.trainings
    laid = [{**_facts(lora, known), "weight": weight, "laid_on": chosen.model.name} for lora, weight in chosen.loras]
    return (_facts(chosen.model, known), *laid)


def _facts(model: Model, trainings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    files = [{"path": file.path, "bytes": file.bytes, "sha256": file.sha256} for file in model.files]
    training = {"training": dict(trainings[model.name])} if model.name in trainings else {}
    told = {name: getattr(model, name) for name in ("source", "revision", "trained_on", "conditions")}
    return {
        "name": model.name,
        "licence": model.licence,
        "uses": list(model.uses),
        **{name: value for name, value in told.items() if value},
        # By which the studio's ledger knows a model that is one file; else what all of its files are.
        "sha256": model.known_by,
        "files": files,
        **training,
    }
