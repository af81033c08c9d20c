"""A training on a model of the registry, up to what comes of it: `lora` makes an adapter, `full` a model of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from vfx_ai.budget import parse_memory
from vfx_ai.device import device_name
from vfx_ai.errors import InputError, JobError, ResourceError
from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import Checkpoint
from vfx_ai.fill.families import FAMILIES, IMAGE, VIDEO
from vfx_ai.fill.families.videos import whole_frames
from vfx_ai.learning.checkpoint import read_record
from vfx_ai.learning.together import Together
from vfx_ai.model_folder import models_folder
from vfx_ai.studio.model import Model
from vfx_ai.studio.models import check_use, find_model, policy_of
from vfx_ai.training.asked_lora import TrainLora
from vfx_ai.training.bases import base_on_disk
from vfx_ai.training.captioner import captioned, check_captions
from vfx_ai.training.carry_out import Prepared
from vfx_ai.training.course import CHECKPOINT, digest_of
from vfx_ai.training.gathered import Gathered, Selected
from vfx_ai.training.lora_base import LoraRecipe, OnNetwork
from vfx_ai.training.lora_clips import clips_of
from vfx_ai.training.lora_loop import LoraTraining
from vfx_ai.training.lora_pictures import captions_of, pictures_of
from vfx_ai.training.lora_stills import ClipFiller, PictureFiller, Stills
from vfx_ai.training.lora_video import VideoLoraTraining

STEPS = 1000
PICTURES = {"cpu": 1}  # in a batch; elsewhere MORE, and of clips one anywhere
MORE = 4
FRAMES = {"cpu": 9}  # of a clip, and as many more as make a whole window; elsewhere LONGER
LONGER = 33


@dataclass(frozen=True)
class OnBase(ABC):
    """What both kinds do alike, see `carry_out.Kind`.

    Attributes:
        asked: what is asked for.
        model: the base.
        disk: its folder.
        says: the model that captions shots; None: none does.
    """

    asked: TrainLora
    model: Model
    disk: Checkpoint
    says: Model | None = None

    @property
    @abstractmethod
    def how(self) -> str: ...  # noqa: D102
    @property
    @abstractmethod
    def smaller(self) -> str: ...  # noqa: D102

    @abstractmethod
    def place(self, models: Path) -> Path:
        """See `carry_out.Kind`."""

    @abstractmethod
    def weights(self, models: Path) -> Path:
        """See `carry_out.Kind`."""

    @abstractmethod
    def known_by(self, models: Path) -> str:
        """See `carry_out.Kind`."""

    @abstractmethod
    def write(self, training: OnNetwork, path: Path, record: dict[str, Any]) -> None:
        """Write what was learned, with its record; all processes are here, and the first one writes."""

    @abstractmethod
    def register(self, shots: list[str], models: Path) -> None:
        """See `carry_out.Kind`."""

    @property
    def licence(self) -> str:
        """See `carry_out.Kind`."""
        return self.model.licence

    @property
    def base(self) -> tuple[dict[str, str], ...]:
        """See `carry_out.Kind`."""
        return ({"name": self.model.name, "sha256": self.model.known_by},)

    def inputs(self, device: torch.device) -> dict[str, Any]:
        """See `carry_out.Kind`."""
        named = {"captions": self.says.identity} if self.says is not None else {}
        return {"asked": _deciding(self.asked), "device": device.type, "base": self.model.identity, **named}

    @property
    def videos(self) -> bool:
        """Whether it is a model of videos."""
        return FAMILIES[self.disk.family].kind == VIDEO

    def clip(self, device: torch.device) -> int:
        """See `carry_out.Kind`."""
        if not self.videos:
            return 1
        frames = FRAMES.get(device.type, LONGER)
        return self.asked.source.clip or whole_frames(frames, _time(self.disk.family))

    def prepared(self, selected: Selected, device: torch.device, folder: Path, together: Together) -> Prepared:
        """See `carry_out.Kind`."""
        asked, gathered = self.asked, selected.gathered
        words = [" ".join([*shot.tags, shot.notes]).strip() for shot in selected.shots] or [""]
        captions = self._captions(gathered, captions_of(gathered.facts, words, ""), device, folder, together)
        opened = _opened(self.disk, device, self.model.name, together)
        on = self._on_clips if self.videos else self._on_pictures
        recipe = self._recipe(opened, device, together, self._count_before(gathered, device, folder))
        training, stills = on(gathered, captions, opened, recipe, device, together)
        if together.spread:
            opened.pipe.to(device)  # all but what is spread already, which is there
        of_base = {"name": self.model.name, "identity": self.model.identity, "licence": self.model.licence}
        return Prepared(
            training,
            {**vars(training.recipe), **({"clip": self.clip(device)} if self.videos else {})},
            asked.source.steps or STEPS,
            Stills(training, stills, folder),
            lambda: None,
            training.keep,
            training.go_on,
            lambda path, record: self.write(training, path, record),
            {"about": self.how, "base": of_base, "captions": captions, **self._captioned()},
        )

    def _count_before(self, gathered: Gathered, device: torch.device, folder: Path) -> int:
        """What a batch of the same training had before it was stopped, in however many processes; 0: none was."""
        inputs = {**self.inputs(device), "footage": digest_of(gathered.facts)}
        try:
            record = {} if self.asked.source.force else read_record(folder / CHECKPOINT)
            return int(record["recipe"]["count"]) if record.get("inputs") == inputs else 0
        except (InputError, KeyError, TypeError, ValueError):  # none is there, or it is damaged, which is told later
            return 0

    def _recipe(self, opened: pipeline.Opened, device: torch.device, together: Together, before: int) -> LoraRecipe:
        asked, multiple = self.asked, opened.family.multiple(opened.pipe)
        side = max(1, (asked.side or opened.family.side(opened.pipe)) // multiple) * multiple
        usual = 1 if self.videos else PICTURES.get(device.type, MORE)
        least = -(-usual // together.count) * together.count if together.spread else max(usual, together.count)
        own = asked.count or before or least
        if before and (before < together.count or (together.spread and before % together.count)):
            raise JobError(
                f"it was begun with {before} in a batch, which {together.count} processes can't share",
                remedy=f"Go on in {before} processes or fewer, or begin anew: --force --batch {least}.",
            )
        return LoraRecipe(0 if asked.full else asked.rank, asked.usual_rate, own, side, asked.source.seed)

    def _on_pictures(
        self,
        gathered: Gathered,
        captions: list[str],
        opened: pipeline.Opened,
        recipe: LoraRecipe,
        device: torch.device,
        together: Together,
    ) -> tuple[OnNetwork, PictureFiller | ClipFiller]:
        pictures = pictures_of(gathered, captions, recipe.side, self._budget)
        training = LoraTraining(opened.pipe, pictures, recipe, device, together)
        return training, PictureFiller(training, opened)

    def _on_clips(
        self,
        gathered: Gathered,
        captions: list[str],
        opened: pipeline.Opened,
        recipe: LoraRecipe,
        device: torch.device,
        together: Together,
    ) -> tuple[OnNetwork, PictureFiller | ClipFiller]:
        family = opened.family
        size = {"side": recipe.side, "multiple": family.multiple(opened.pipe)}
        clips = clips_of(gathered, captions, length=self.clip(device), time=family.TIME, budget=self._budget, **size)
        training = VideoLoraTraining(opened.pipe, clips, recipe, device, together)
        return training, ClipFiller(training, opened)

    @property
    def _budget(self) -> int:
        """Bytes for pictures as the model sees them; what they are made of has half of the memory that is given."""
        return parse_memory(self.asked.source.memory) // 4

    def _captioned(self) -> dict[str, Any]:
        if self.says is None:
            return {}
        return {"captioned_by": {name: getattr(self.says, name) for name in ("name", "identity", "licence")}}

    def _captions(
        self,
        gathered: Gathered,
        found: tuple[str, ...],
        device: torch.device,
        folder: Path,
        together: Together,
    ) -> list[str]:
        """What lacks said by the model for that, which the first process asks, else by the prompt."""
        told = found
        if self.says is not None:
            asks = together.first
            told = together.told(captioned(gathered, found, self.says, device, folder) if asks else None)
        return [one or self.asked.prompt for one in told]


@dataclass(frozen=True)
class Base:
    """A base that may be trained on, and who captions what it is shown; see `OnBase`."""

    model: Model
    disk: Checkpoint
    says: Model | None


def base_of(asked: TrainLora) -> Base:
    """What is trained on, before any footage is read.

    Raises:
        JobError: the base isn't in the registry, may not be used so, or is of no kind that is trained on.
        InputError: it, or the policy, can't be read.
    """
    base = find_model(asked.base, folder=models_folder(asked.source.models_dir))
    check_use(base, asked.use, policy_of(asked.policy))
    says = find_model(asked.captions, folder=models_folder(asked.source.models_dir)) if asked.captions else None
    if says is not None:
        check_use(says, asked.use, policy_of(asked.policy))
        check_captions(says)
    disk = base_on_disk(base)
    _check_clip(asked, disk)
    return Base(base, disk, says)


def _opened(model: Checkpoint, device: torch.device, name: str, together: Together) -> pipeline.Opened:
    if together.spread:  # from the machine's own memory, block by block
        return pipeline.opened(model, torch.device("cpu"), name=name, dtype=_whole_numbers(device))
    pipe = pipeline.opened(model, device, name=name)
    if pipe.placed != "whole":
        raise ResourceError(
            f"{device_name(device)} has too little memory to hold {name} while it is trained on",
            remedy="Take a smaller base, or --device cpu, which takes long.",
        )
    if pipe.pipe.dtype == torch.float16:  # its gradients would overflow
        pipe.pipe.to(dtype=torch.float32)
    return pipe


def _whole_numbers(device: torch.device) -> torch.dtype:
    """The type of weights that gradients go through without an overflow."""
    kind = pipeline.dtype_on(device)
    return torch.float32 if kind == torch.float16 else kind


def _check_clip(asked: TrainLora, disk: Checkpoint) -> None:
    """Refuse frames of a clip that the base can't be shown.

    Raises:
        JobError: it is a model of images, or of videos of other lengths.
    """
    clip, row = asked.source.clip, FAMILIES[disk.family]
    if clip and row.kind == IMAGE:
        raise JobError("clip belongs to --from-scratch and to models of videos", remedy="Leave --clip out.")
    if clip and whole_frames(clip, _time(disk.family)) != clip:
        time = _time(disk.family)
        raise JobError(
            f"clip is {clip}, and {row.told} takes {time} k + 1 frames",
            remedy=f"Give {whole_frames(clip, time)} for example.",
        )


def _time(family: str) -> int:
    """How many frames become one in the latents of a family of videos."""
    return int(import_module(FAMILIES[family].module).TIME)


def _deciding(asked: TrainLora) -> dict[str, Any]:
    loose = {"steps", "minutes", "device", "memory", "models_dir", "force", "licence", "refuse"}
    fields = {name: value for name, value in asdict(asked).items() if name not in ("source", "use", "policy")}
    return {**fields, **{name: value for name, value in asdict(asked.source).items() if name not in loose}}
