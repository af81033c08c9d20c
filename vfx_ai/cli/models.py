"""The commands `vfx-ai models ...`: which models there are, what they may be used for, and whether they are whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from vfx_ai.cli import options
from vfx_ai.errors import VerifyError
from vfx_ai.terminal.answering import answering, stoppable

if TYPE_CHECKING:
    from vfx_ai.studio.model import Model

Name = Annotated[str, typer.Argument(help="The model's name.", show_default=False)]
app = typer.Typer(help="Models: register, fetch, verify, and what their licences allow.", no_args_is_help=True)


@app.command("list")
def list_(models_dir: options.ModelsDir = "", as_json: options.AsJson = False) -> None:
    """List the models on this machine, and well-known ones that could be.

    vfx-ai models list
    """
    with answering(as_json=as_json):
        from vfx_ai.studio.models import list_models
        from vfx_ai.terminal.console import print_json, print_table

        found = list_models(models_dir)
        if as_json:
            for model in found:
                print_json({"event": "model", **model.told()})
            return
        for title, here in (("On this machine", True), ("Well known, not on this machine", False)):
            rows = [(model.name, _line(model)) for model in found if (model.path is not None) == here]
            print_table(rows or [("none", "")], title=title)


@app.command("show")
def show(name: Name, models_dir: options.ModelsDir = "", as_json: options.AsJson = False) -> None:
    """Show all that is known of a model.

    vfx-ai models show sdxl-inpaint
    """
    with answering(as_json=as_json):
        from vfx_ai.studio.models import find_model, list_models

        row = next((model for model in list_models(models_dir) if model.name == name), None)
        _show(row if row is not None else find_model(name, folder=models_dir), "model", as_json=as_json)


@app.command("add")
def add(
    path: Annotated[
        str, typer.Argument(help="A folder with model_index.json, or one .safetensors file.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="By which it is asked for.", show_default=False)],
    licence: Annotated[str, typer.Option(help="SPDX id, or the licence's name.", show_default=False)],
    family: Annotated[str, typer.Option(help="How it is built; else what its files say.", show_default=False)] = "",
    task: Annotated[str, typer.Option(help="What it is for; else what its files say.", show_default=False)] = "",
    uses: Annotated[
        str,
        typer.Option(help="commercial, research, both with a comma, or unknown; else by licence.", show_default=False),
    ] = "",
    base: Annotated[str, typer.Option(help="Of a LoRA: the model that it belongs on.", show_default=False)] = "",
    trained_on: Annotated[str, typer.Option(help="What it was trained on.", show_default=False)] = "",
    conditions: Annotated[str, typer.Option(help="What the licence asks, in words.", show_default=False)] = "",
    link: Annotated[bool, typer.Option("--link", help="Leave the files where they are; else they are copied.")] = False,
    models_dir: options.ModelsDir = "",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Register a model that is on disk. Pickled weights are refused.

    vfx-ai models add ~/weights/our-look --name our-look --licence Apache-2.0
    """
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.studio.models_add import add_model

            made = add_model(
                path,
                name,
                licence,
                family=family,
                task=task,
                uses=uses,
                base=base,
                trained_on=trained_on,
                conditions=conditions,
                link=link,
                folder=models_dir,
                progress=follow,
                cancelled=stop,
            )
        if not quiet or as_json:
            _show(made, "added", as_json=as_json)


@app.command("pull")
def pull(
    name: Name,
    revision: Annotated[
        str, typer.Option(help="The hub's commit; else the table's, or its newest.", show_default=False)
    ] = "",
    models_dir: options.ModelsDir = "",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Fetch a well-known model from the Hugging Face hub: the one command that asks the network.

    vfx-ai models pull sdxl-inpaint
    """
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.studio.models_pull import pull_model

            made = pull_model(name, revision=revision, folder=models_dir, progress=follow, cancelled=stop)
        if not quiet or as_json:
            _show(made, "pulled", as_json=as_json)


@app.command("verify")
def verify(
    name: Annotated[str, typer.Argument(help="Which; all that are on this machine.", show_default=False)] = "",
    models_dir: options.ModelsDir = "",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare models' files with what was written down when they were registered. Exit code 5 if one differs."""
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower, print_json, print_table

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.studio.models_check import verify_models

            verdicts = verify_models(name, folder=models_dir, progress=follow, cancelled=stop)
        rows = []
        for one in verdicts:
            if as_json:
                print_json({"event": "verdict", **asdict(one), "passed": one.passed})
            told = [f"{path} {what}" for what in ("missing", "changed", "added") for path in getattr(one, what)]
            rows += [(one.name, line) for line in told] or [(one.name, f"{one.files:,} files as they were")]
        if not as_json and not quiet:
            print_table(rows or [("none", "no model is on this machine")])
        if bad := [one.name for one in verdicts if not one.passed]:
            raise VerifyError(
                f"not as they were registered: {', '.join(bad)}",
                remedy="Don't use them. Remove them, and get them again from where they came from.",
            )


@app.command("remove")
def remove(name: Name, models_dir: options.ModelsDir = "", as_json: options.AsJson = False) -> None:
    """Take a model out of the registry, and delete its files unless they are linked."""
    with answering(as_json=as_json):
        from vfx_ai.studio.models_check import remove_model
        from vfx_ai.terminal.console import print_json, print_table

        gone = remove_model(name, folder=models_dir)
        if as_json:
            print_json({"event": "removed", **gone.told()})
            return
        print_table([("removed", name), ("files", f"left at {gone.path}" if gone.linked else "deleted")])


def _line(model: Model) -> str:
    kind = ", ".join(filter(None, (model.task, model.family))) or "unknown kind"
    return f"{kind}; {model.licence}: {_uses(model)}"


def _uses(model: Model) -> str:
    return " and ".join(model.uses) + " use" if model.uses else "what it allows isn't known"


def _show(model: Model, event: str, *, as_json: bool) -> None:
    from vfx_ai.terminal.console import print_json, print_table
    from vfx_ai.terminal.summary import size

    if as_json:
        print_json({"event": event, **model.told()})
        return
    place = "not on this machine" if model.path is None else str(model.path)
    files = f"{len(model.files):,}, {size(model.bytes)}" + (
        ", linked: they stay where they are" if model.linked else ""
    )
    rows = [
        ("name", model.name),
        ("kind", ", ".join(filter(None, (model.task, model.family, model.pipeline))) or "unknown"),
        *([("belongs on", model.base)] if model.base else []),
        ("licence", f"{model.licence}: {_uses(model)}"),
        *([("conditions", model.conditions)] if model.conditions else []),
        *([("read at", model.read)] if model.read else []),
        ("trained on", model.trained_on or "its makers don't say, or nobody wrote it down"),
        ("from", " at ".join(filter(None, (model.source, model.revision)))),
        ("here", place),
        *([("files", files)] if model.files else []),
    ]
    print_table(rows)
