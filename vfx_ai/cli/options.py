"""The options of the command line that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from vfx_ai.job import CHOICES
from vfx_ai.studio.own_models import CATALOGUE

HOLE, FILL, MADE, OUT, SHOW = "The hole", "The fill", "What a model makes", "What is written", "What is shown"
Plate = Annotated[str, typer.Argument(help="Sequence, folder or file, e.g. shot/plate.####.exr.", show_default=False)]
Matte = Annotated[str, typer.Option("--matte", "-m", help="Matte: a sequence, or one held file.", rich_help_panel=HOLE)]
MatteChannel = Annotated[
    str, typer.Option(help="Channel of the matte; of the plate if there is no --matte.", rich_help_panel=HOLE)
]
MatteObjects = Annotated[
    str, typer.Option(help="Objects of a cryptomatte, e.g. Ball,crowd_*.", rich_help_panel=HOLE, show_default=False)
]
MatteLayer = Annotated[
    str, typer.Option(help="Which cryptomatte, e.g. CryptoMaterial.", rich_help_panel=HOLE, show_default=False)
]
MatteInvert = Annotated[bool, typer.Option("--matte-invert", help="The hole is black.", rich_help_panel=HOLE)]
MatteGrow = Annotated[str, typer.Option(help="3 pixels, -2 pixels or 0.5% of the width.", rich_help_panel=HOLE)]
MissingFrames = Annotated[str, typer.Option(help=f"A gap in the plate: {', '.join(CHOICES['missing'])}.")]
LayerName = Annotated[str, typer.Option(help="Which layer of the plate is filled.")]
ColorSpace = Annotated[
    str, typer.Option(help="Of the plate, e.g. logc4, or by its name in $OCIO's config.", show_default=False)
]
LayerNames = Annotated[
    str,
    typer.Option(help="Other layers, filled as well: all, or NAME,NAME.", rich_help_panel=OUT, show_default=False),
]
Effects = Annotated[bool, typer.Option("--effects", help="Also its shadow, reflection, light.", rich_help_panel=FILL)]
Focal = Annotated[
    str, typer.Option(help="1800 pixels across, or 32mm/36mm (lens/sensor).", rich_help_panel=FILL, show_default=False)
]
CameraFile = Annotated[
    str, typer.Option("--camera", help="A matchmove: .chan, .usd or .json.", rich_help_panel=FILL, show_default=False)
]
Detail = Annotated[
    float | None,
    typer.Option(
        help="How much of its own texture what no frame shows gets, 0 to 1; 0.2, or 1 where grain is matched.",
        show_default=False,
        rich_help_panel=FILL,
    ),
]
Painted = Annotated[
    str,
    typer.Option(
        help="Frames that you painted, carried through the shot: clean.1012.exr.",
        rich_help_panel=FILL,
        show_default=False,
    ),
]
Engine = Annotated[str, typer.Option(help="auto, or an engine's name.", rich_help_panel=FILL)]
Blend = Annotated[
    int, typer.Option(help="Frames averaged for a pixel; 1 keeps the grain; 0: engine.", rich_help_panel=FILL)
]
Grain = Annotated[str, typer.Option(help=f"The fill's grain: {', '.join(CHOICES['grain'])}.", rich_help_panel=FILL)]
Model = Annotated[
    str,
    typer.Option(
        help="Makes up what no frame shows: a name of `vfx-ai models list`, or a folder or file.",
        rich_help_panel=MADE,
        show_default=False,
    ),
]
Prompt = Annotated[
    str, typer.Option(help="What the model is to make; else what fits.", rich_help_panel=MADE, show_default=False)
]
Negative = Annotated[
    str, typer.Option(help="What the model is to keep away from.", rich_help_panel=MADE, show_default=False)
]
Strength = Annotated[
    float, typer.Option(help="How much the model may change: above 0, to 1, all of it.", rich_help_panel=MADE)
]
Seed = Annotated[int, typer.Option(help="Of the model: another number, another result.", rich_help_panel=MADE)]
Lora = Annotated[
    str,
    typer.Option(help="Adapters on the model, e.g. ourlook:0.8,grade:0.5.", rich_help_panel=MADE, show_default=False),
]
Reference = Annotated[
    str,
    typer.Option(
        help="A picture of what the model is to make; to a fill without a model it lends texture.",
        rich_help_panel=MADE,
        show_default=False,
    ),
]
Use = Annotated[
    str,
    typer.Option(
        help=f"What the result is for: {', '.join(CHOICES['use'])}; the model's licence must allow it.",
        rich_help_panel=MADE,
    ),
]
Policy = Annotated[
    str,
    typer.Option(
        help="The studio's file of what is allowed; else $VFX_AI_POLICY.", rich_help_panel=MADE, show_default=False
    ),
]
ModelsDir = Annotated[
    str,
    typer.Option(
        "--models-dir", help="The folder of models; else $VFX_AI_MODELS.", rich_help_panel=MADE, show_default=False
    ),
]
Ids = Annotated[
    str, typer.Option(help=f"What --layers does with ids: {', '.join(CHOICES['ids'])}.", rich_help_panel=OUT)
]
Frames = Annotated[str, typer.Option(help="Which frames, e.g. 1001,1010-1020x2.")]
Sample = Annotated[int, typer.Option(help="This many frames, spread over the shot; 0: all.")]
Aovs = Annotated[bool, typer.Option(help="Channels that tell where pixels came from.", rich_help_panel=OUT)]
KeepCompression = Annotated[
    bool, typer.Option("--keep-compression", help="Also a lossy one, which alters pixels.", rich_help_panel=OUT)
]
Step = Annotated[
    str, typer.Option(help=f"Of a run on several machines: {', '.join(CHOICES['step'])}.", rich_help_panel=OUT)
]
Force = Annotated[bool, typer.Option("--force", help="Do finished frames anew.", rich_help_panel=OUT)]
Exposure = Annotated[
    str, typer.Option(help="Of the report's pictures: stops, e.g. 1.5, or auto.", rich_help_panel=SHOW)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="What would be done, and its cost.", rich_help_panel=SHOW)]
Device = Annotated[str, typer.Option(help=f"{', '.join(CHOICES['device'])}.", rich_help_panel=FILL)]
Memory = Annotated[str, typer.Option(help="Budget, e.g. 4G or 50%.", rich_help_panel=FILL)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Errors and warnings alone.", rich_help_panel=SHOW)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line, for programs.", rich_help_panel=SHOW)]
CatalogueFolder = Annotated[
    str, typer.Option("--catalogue", help="The catalogue's folder.", envvar=CATALOGUE, show_default=False)
]
OfTitle = Annotated[str, typer.Option("--title", help="Shots of this title alone.", show_default=False)]
OfTag = Annotated[str, typer.Option("--tag", help="Shots with this tag alone.", show_default=False)]
OnDay = Annotated[str, typer.Option("--on", help="As of this day, e.g. 2027-01-31; else today.", show_default=False)]
