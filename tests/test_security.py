"""No file of the package runs code that it was given, and none asks the network."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path
    for folder in ("vfx_ai", "samples", "bench", "blender_addon", "nuke_plugin")
    for path in (ROOT / folder).rglob("*.py")
)
# model.eval() is torch's switch, and allow_pickle=False is the refusal itself.
FORBIDDEN = {
    "pickle": r"^\s*(?:import|from) (?:c?pickle|dill|joblib|shelve|marshal)\b|\bpickle\.|allow_pickle\s*=\s*(?!False)",
    "eval": r"(?<![\w.])eval\(",
    "exec": r"(?<![\w.])exec\(",
    "shell": r"shell\s*=\s*True|os\.system\(|os\.popen\(",
    "torch.load": r"torch\.load\(",
    "yaml": r"yaml\.(?:unsafe_)?load\(",
    "mktemp": r"tempfile\.mktemp\(",
    "network": r"^\s*(?:import|from) (?:urllib(?!\.parse)|http|ftplib|smtplib|requests|httpx|aiohttp)\b",
}


# The one file that may ask the hub of models, when it is told to.
ASKS = Path("vfx_ai/studio/models_pull.py")


def found_in(text: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text, re.MULTILINE)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_that_was_read_is_ever_run(path: Path) -> None:
    assert not found_in(path.read_text(encoding="utf-8"))


def test_one_file_alone_asks_the_hub_of_models() -> None:
    asking = [path for path in SOURCES if "huggingface_hub" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(ROOT) for path in asking] == [ASKS]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import pickle", ["pickle"]),
        ("pickle.loads(data)", ["pickle"]),
        ("from urllib.parse import quote", []),
        ("np.load(path, allow_pickle=True)", ["pickle"]),
        ("np.load(path, allow_pickle=False)", []),
        ("eval(text)", ["eval"]),
        ("model.eval()", []),
        ("subprocess.run(line, shell=True)", ["shell"]),
        ("torch.load(path)", ["torch.load"]),
        ("    from urllib.request import urlopen", ["network"]),
    ],
)
def test_the_search_finds_what_it_is_for(line: str, found: list[str]) -> None:
    assert found_in(line) == found


def test_no_test_can_reach_the_network() -> None:
    with pytest.raises(RuntimeError, match="network"), socket.socket() as plug:
        plug.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match="network"):
        socket.create_connection(("example.org", 80), timeout=1)


def test_a_socket_on_this_machine_still_works() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.create_connection(listener.getsockname(), timeout=5) as plug:
            assert plug.getpeername() == listener.getsockname()
