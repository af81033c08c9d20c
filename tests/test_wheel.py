"""What `pip install` brings is all that `vfx-ai install` needs: the wheel is built, and looked into. No network."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from vfx_ai.install import SOURCES, _files

ROOT = Path(__file__).resolve().parents[1]
BUILD = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
NEVER = ("__pycache__", ".pyc", ".DS_Store")
INSTALLED = """
    import sys, zipfile
    zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])
    sys.path.insert(0, sys.argv[2])
    import vfx_ai, vfx_ai.install as installing
    assert vfx_ai.__file__.startswith(sys.argv[2])
    for host in installing.SOURCES:
        (done,) = installing.install(host, sys.argv[3])
        print(host, len(list(installing.source_of(host).rglob("*.py"))))
        installing.remove(host, sys.argv[3])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if find_spec("hatchling") is None:
        pytest.skip("what builds the wheel (hatchling) isn't installed, and would be fetched")
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-c", BUILD, str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = folder.glob("*.whl")
    return made


def test_the_wheel_holds_the_plugins_to_the_byte_and_the_client(wheel):
    with zipfile.ZipFile(wheel) as packed:
        held = {name: packed.read(name) for name in packed.namelist()}
    assert held["vfx_ai/client.py"] == (ROOT / "vfx_ai" / "client.py").read_bytes()
    for host, source in SOURCES.items():
        paths = list(_files(ROOT / source))
        assert len(paths) > 10
        for path in paths:
            within = f"vfx_ai/adapters/{host}/{path.relative_to(ROOT / source).as_posix()}"
            assert held[within] == path.read_bytes(), within
    assert not [name for name in held if any(one in name for one in NEVER)]
    assert not [name for name in held if not name.startswith("vfx_ai/") and ".dist-info/" not in name]


def test_from_the_wheel_alone_both_plugins_are_put_in_place_and_taken_out(wheel, tmp_path):
    site, place = tmp_path / "site", tmp_path / "place"
    words = [sys.executable, "-P", "-c", textwrap.dedent(INSTALLED), str(wheel), str(site), str(place)]
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(words, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = dict(line.split() for line in done.stdout.splitlines())
    assert counts.keys() == SOURCES.keys() and all(int(count) > 5 for count in counts.values())
