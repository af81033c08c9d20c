"""Imports point one way, weigh nothing until they are used, and bring in what pyproject.toml names and no more."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

import vfx_ai

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "vfx_ai"

# Every room (a folder or a file of vfx_ai) and the rooms that it may import. "fill.__init__" is the table of sources
# alone, without the engines; vfx_ai itself is "__init__".
PIXELS = (
    "errors",
    "checks",
    "typed",
    "job",
    "threads",
    "caching",
    "media",
    "matte",
    "shot",
    "motion",
    "fill",
    "finish",
)
STEPS = (
    *("claim", "budget", "telling", "versions", "steps.workfolder", "steps.asked", "steps.viewing", "steps.unpainted"),
    *("steps.plan", "steps.filled", "steps.frame", "steps.write", "steps.edit", "steps.proof", "steps.analysis", "run"),
)
IN_ORDER = ("steps", "terminal")  # folders whose files stand in the order one by one

# What can be asked for.
WORKING = (
    *("errors", "job", "matte", "finish", "proof", "threads", "run", "matchmove", "plates", "farm", "again", "board"),
    *("studio", "training", "disclosing", "entering", "fill.allowed"),
)

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    **{room: PIXELS[:index] for index, room in enumerate(PIXELS)},
    "motion": (*PIXELS[: PIXELS.index("motion")], "giving_way"),
    "device": ("errors",),
    "giving_way": (),
    "tied": (),
    "model_folder": (),
    "studio": (
        *(
            "errors",
            "checks",
            "job",
            "media",
            "model_folder",
            "fill.__init__",
            "claim",
            "terminal.console",
            "proof.wording",
        ),
    ),
    "matte": ("errors", "job", "media", "device", "model_folder"),
    "learning": ("errors", "media", "shot", "motion"),
    "fill": (*PIXELS[: PIXELS.index("fill")], "device", "studio", "learning"),
    "proof": ("errors", "job", "media", "matte", "fill.__init__"),
    # the run and its steps
    **{
        step: (*PIXELS, "device", "studio", "proof", "steps.overlap", *STEPS[:index])
        for index, step in enumerate(STEPS)
    },
    "claim": ("errors", "media"),
    **dict.fromkeys(IN_ORDER, ()),
    "reading": ("errors", "typed", "job"),
    "preview": (*PIXELS, "device", "studio", "budget", "telling", *STEPS[5:7], "steps.analysis", "run", "proof"),
    "preview_plates": (*PIXELS, "studio", "budget", "telling", "preview", "plates", "proof"),
    "preview_matte": (*PIXELS, "budget", "telling", "preview", "plates", "proof"),
    "matchmove": (*PIXELS[: PIXELS.index("fill")], "device", "budget"),
    "plates": (
        *(
            *PIXELS,
            "device",
            "studio",
            "learning",
            "budget",
            "telling",
            "terminal.console",
            "proof",
            "claim",
            "versions",
        ),
        *STEPS[-3:],
    ),
    "training": (
        *("errors", "job", "media", "matte", "shot", "motion", "learning", "device", "budget", "telling", "versions"),
        *("model_folder", "studio", "fill", "proof"),
    ),
    "farm": (
        *("errors", "job", "media", "matte", "shot", "motion.camera_files", "fill.__init__", "proof", "plates"),
        *("budget", "steps.asked", "steps.plan", "run", "terminal.summary", "terminal.console", "reading"),
    ),
    "again_inputs": ("errors", "media", "reading", "proof", "telling", "steps.proof"),
    "again": (
        *("errors", "job", "reading", "media", "plates", "proof", "telling", "versions", "steps.proof", "run"),
        *("again_inputs", "studio"),
    ),
    "board": ("errors", "job", "media", "studio", "plates", "terminal.console", "proof.wording", "proof.pages", "tied"),
    # the doors
    "terminal.stopping": (),
    "steps.overlap": ("media", "threads"),
    "threads": (),
    "terminal.console": ("errors", "job", "proof.wording"),
    "terminal.summary": ("errors", "terminal.console", "proof"),
    "disclosing": ("errors", "media", "proof", "studio"),
    "entering": ("errors", "proof", "studio"),
    "terminal.summary_proof": ("errors", "terminal.console", "proof", "again", "disclosing"),
    "doctor": ("errors", "media", "model_folder", "studio", "terminal.summary"),
    "terminal.answering": ("errors", "terminal.stopping", "terminal.console"),
    "cli": (
        "__init__",
        "board",
        "errors",
        "job",
        "proof",
        "run",
        "terminal",
        "threads",
        "again",
        "disclosing",
        "entering",
        "doctor",
        "matchmove",
        "matte",
        "studio",
        "plates",
        "training",
        "worker",
        "farm",
        "fill.allowed",
        "install",
    ),
    "worker": (
        *("__init__", "errors", "job", "reading", "media", "matte", "model_folder", "studio", "fill.__init__"),
        *(
            "run",
            "plates",
            "board",
            "preview",
            "preview_plates",
            "preview_matte",
            "claim",
            "versions",
            "threads",
            "terminal",
            "doctor",
        ),
        "giving_way",
    ),
    "client": (),
    "install": ("__init__", "errors", "client"),
    "__main__": ("cli",),
    "door": WORKING,
    "__init__": (*WORKING, "door"),
}
# What is loaded long before a pixel is touched, or tells a program what went wrong.
STANDARD_LIBRARY_ALONE = (
    *(
        "errors",
        "checks",
        "typed",
        "job",
        "client",
        "terminal.stopping",
        "reading",
        *(
            "plates.jobs",
            "plates.jobs_new",
            "plates.jobs_edit",
            "board.jobs",
            "training.asked_train",
            "training.asked_lora",
        ),
        *(
            "door.shots",
            "door.mattes",
            "door.plates",
            "door.plates_by_model",
            "door.farm",
            "door.proofs",
            "door.boards",
            "door.models",
        ),
        *("door.studio", "door.training"),
        *("model_folder", "studio.model", "studio.models", "studio.models_known", "studio.licences", "studio.safe"),
        "fill.__init__",
        "fill.allowed",
        "proof.wording",
        "proof.record",
        "__init__",
    ),
    *("worker.lines", "worker.rpc", "worker.kinds", "worker.tasks", "worker.server", "worker.describe"),
)
HEAVY = (
    *("torch", "torchvision", "numpy", "cv2", "OpenEXR", "OpenImageIO"),
    *("diffusers", "segment_anything", "transformers", "peft", "accelerate"),
    *("huggingface_hub", "yaml", "opentimelineio", "ray", "openjd", "c2pa", "cryptography", "reportlab", "scenedetect"),
    *("pxr", "pycolmap", "PyOpenColorIO"),
)
EXTRAS = ("farm", "sign", "studio")  # what some commands need, and say so where it is missing
DISTRIBUTIONS = {
    "c2pa": "c2pa-python",
    "openjd": "openjd-cli",
    "scenedetect": "scenedetect-headless",
    "yaml": "pyyaml",
    "huggingface_hub": "huggingface-hub",
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "segment_anything": "segment-anything",
    "pxr": "usd-core",
    "PyOpenColorIO": "opencolorio",
}


@cache
def modules() -> dict[str, Path]:
    """Dotted names within vfx_ai, as "media.exr" and "media.__init__", and their files."""
    return {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of what is imported anywhere in a tree, also within functions; not what is for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full, so that they can be read"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (name for other in node.orelse for name in imported(ast.Module([other], [])))
        else:
            yield from imported(node)


def within(name: str) -> str:
    """The module within vfx_ai that a full name lies in: "vfx_ai.media.exr.read" in "media.exr"."""
    parts = name.split(".")[1:]
    while parts and ".".join(parts) not in modules():
        if ".".join([*parts, "__init__"]) in modules():
            return ".".join([*parts, "__init__"])
        parts.pop()
    return ".".join(parts) or "__init__"


def room_of(module: str) -> str:
    folder, *file = module.split(".")
    return f"{folder}.{file[0]}" if folder in IN_ORDER and file and file[0] != "__init__" else folder


def parsed(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def points_back(module: str) -> list[str]:
    """What `module` imports from rooms that it may not know."""
    room = room_of(module)
    allowed = (*MAY_IMPORT[room], room)
    own = {within(name) for name in imported(parsed(module)) if name.split(".")[0] == "vfx_ai"}
    return sorted(other for other in own if not any(f"{other}.".startswith(f"{entry}.") for entry in allowed))


def test_every_room_has_its_place_in_the_order() -> None:
    rooms = {room_of(module) for module in modules()}
    assert rooms == MAY_IMPORT.keys()


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_point_one_way(module: str) -> None:
    assert not points_back(module), f"vfx_ai/{module.replace('.', '/')}.py"


def test_the_order_has_no_circle() -> None:
    done: set[str] = set()
    left = {
        room: {room_of(entry) for entry in entries if entry != "fill.__init__"} for room, entries in MAY_IMPORT.items()
    }
    while free := {room for room, needs in left.items() if needs <= done}:
        done |= free
        left = {room: needs for room, needs in left.items() if room not in free}
    assert not left


def test_an_import_that_points_back_is_found() -> None:
    source = "def late():\n    from vfx_ai.fill import temporal, PLATE\n    import vfx_ai.media.exr\n"
    names = [within(name) for name in imported(ast.parse(source))]
    assert names == ["fill.temporal", "fill.__init__", "media.exr"]


@pytest.mark.parametrize("module", STANDARD_LIBRARY_ALONE)
def test_what_a_host_may_read_needs_the_standard_library_alone(module: str) -> None:
    foreign = {name.split(".")[0] for name in imported(parsed(module))} - sys.stdlib_module_names - {"vfx_ai"}
    assert not foreign


def test_device_needs_torch_and_no_more() -> None:
    foreign = {name.split(".")[0] for name in imported(parsed("device"))} - sys.stdlib_module_names
    assert foreign <= {"torch", "vfx_ai"}


def test_whatever_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for extra in EXTRAS for line in project["optional-dependencies"][extra]]
    declared = {re.split(r"[<>=!~\[; ]", line)[0].lower() for line in (*project["dependencies"], *extras)}
    names = {name.split(".")[0] for module in modules() for name in imported(parsed(module))}
    foreign = {DISTRIBUTIONS.get(name, name).lower() for name in names - sys.stdlib_module_names - {"vfx_ai"}}
    assert foreign <= declared


@pytest.mark.parametrize(
    "statement", ["import vfx_ai", "import vfx_ai.cli", "from vfx_ai import Job, VfxAiError, inpaint"]
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not done.stdout.split()


def test_every_public_name_is_there() -> None:
    for name in vfx_ai.__all__:
        assert getattr(vfx_ai, name) is not None
        assert name in dir(vfx_ai)


def test_no_public_name_stands_in_the_way_of_a_module() -> None:
    rooms = {room_of(module) for module in modules()}
    assert not rooms & (set(vfx_ai.__all__) - {"__version__"})


def test_all_errors_are_public() -> None:
    from vfx_ai import errors

    tree = {
        name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert tree <= set(vfx_ai.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'clean_plate'"):
        _ = vfx_ai.clean_plate  # type: ignore[attr-defined]


def test_the_package_is_installed_as_it_stands_here() -> None:
    spec = find_spec("vfx_ai")
    assert spec is not None and spec.origin is not None
    assert Path(spec.origin).parent == PACKAGE
