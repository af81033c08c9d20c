"""The client's files as a host loads them: by their paths, in Python 3.9's words, at once, without the package."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from clients import FILE, LOADED
from workers import COMMAND, PATIENCE, ROOT, job, stand_in

from vfx_ai.client import PROTOCOL, SCHEMA, VERSION

BY_PATH = ("client", "errors", "checks", "typed", "job")  # files that a host can load by their paths; two with job


@pytest.mark.parametrize("name", BY_PATH)
def test_it_is_written_for_python_3_9(name):
    tree = ast.parse((ROOT / "vfx_ai" / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 9))
    hints = {id(part) for node in ast.walk(tree) for hint in annotations(node) for part in ast.walk(hint)}
    late = [
        n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.BitOr) and id(n) not in hints
    ]
    assert not late
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match | ast.TryStar)]


def annotations(node):
    """What of a node is never worked out when the program runs."""
    if isinstance(node, ast.FunctionDef):
        return [node.returns] if node.returns else []
    if isinstance(node, ast.arg | ast.AnnAssign):
        return [node.annotation] if node.annotation else []
    return []


def old_python():
    """A Python 3.9 of this machine, or None."""
    found = [shutil.which("python3.9"), *sorted(Path.home().glob(".pyenv/versions/3.9*/bin/python3.9"))]
    for path in found:
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(path)
    return None


def test_it_runs_a_job_from_python_3_9(tmp_path):
    python = old_python()
    if python is None:
        pytest.skip("there is no Python 3.9 here")
    code = (
        LOADED
        + """
    with client.Client(sys.argv[2].split("|"), [], {"PYTHONPATH": sys.argv[3]}) as made:
        job = made.run("inpaint", {"plate": sys.argv[4], "matte": sys.argv[4], "output": sys.argv[5]})
        print(made.wait(job, 60).data["result"]["passed"])
    """
    )
    plate = job(tmp_path, "fine")["plate"]
    words = [str(FILE), "|".join(COMMAND), stand_in(tmp_path)["PYTHONPATH"], plate, str(tmp_path / "out" / "c.exr")]
    command = [python, "-c", textwrap.dedent(code), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.stdout.splitlines()[-1:], done.stderr) == (["True"], "")


def test_it_loads_by_its_path_in_a_tenth_of_a_second_with_the_standard_library_alone(tmp_path):
    seconds = []
    for _ in range(5):
        words = [sys.executable, "-I", "-c", textwrap.dedent(LOADED), str(FILE)]
        took, names = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
        seconds.append(float(took))
        assert not set(names.split()) & {"numpy", "torch", "OpenImageIO", "OpenEXR", "cv2", "psutil", "typer", "vfx_ai"}
    assert min(seconds) < 0.1


ALL_BY_PATH = """
    import sys, types
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    def load(name):
        spec = spec_from_file_location("host_" + name, str(Path(sys.argv[1]) / (name + ".py")))
        sys.modules[spec.name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[spec.name])
        return sys.modules[spec.name]

    for other in sys.argv[3:]:  # something of the host's that has our name
        sys.modules[other] = types.ModuleType(other)
    before = dict(sys.modules)
    made = {name: load(name) for name in sys.argv[2].split(",")}
    job = made["job"].Job("p.####.exr", "m.exr", "o.####.exr", detail=0.5)
    assert made["job"].Job.from_json(job.to_json()) == job
    error = made.get("errors", made["job"]).JobError
    for wrong in (dict(device="tpu"), dict(strength=0), dict(matte="")):
        try:
            made["job"].Job(**{"plate": "p", "matte": "m", "output": "o", **wrong})
        except error as told:
            assert told.exit_code == 2
        else:
            raise AssertionError(wrong)
    assert made["job"].SCHEMA == made.get("client", made["job"]).SCHEMA
    assert {n: m for n, m in sys.modules.items() if n.startswith("vfx_ai")} == {
        n: m for n, m in before.items() if n.startswith("vfx_ai")
    }
    print(*sorted({name.split(".")[0] for name in set(sys.modules) - set(before)}))
"""


@pytest.mark.parametrize("there", [(), ("vfx_ai",)], ids=["alone", "beside another vfx_ai"])
@pytest.mark.parametrize("names", ["job", "client,errors,job"])
@pytest.mark.parametrize("python", [sys.executable, None], ids=["this", "3.9"])
def test_client_errors_and_job_load_by_their_paths_without_the_package(python, names, there, tmp_path):
    python = python or old_python()
    if python is None:
        pytest.skip("there is no Python 3.9 here")
    folder = tmp_path / "é è"  # they alone lie there
    folder.mkdir()
    for name in BY_PATH:
        shutil.copyfile(ROOT / "vfx_ai" / f"{name}.py", folder / f"{name}.py")
    command = [python, "-I", "-S", "-B", "-c", textwrap.dedent(ALL_BY_PATH), str(folder), names, *there]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    new = set(done.stdout.split())
    assert new - set(sys.stdlib_module_names) == {f"host_{name}" for name in names.split(",")}


def test_a_file_of_job_py_that_is_broken_leaves_the_hosts_modules_as_they_were(tmp_path):
    for name in BY_PATH:
        shutil.copyfile(ROOT / "vfx_ai" / f"{name}.py", tmp_path / f"{name}.py")
    (tmp_path / "typed.py").write_text("raise RuntimeError('half of it was copied')", encoding="utf-8")
    code = """
        import sys, types
        from importlib.util import module_from_spec, spec_from_file_location
        for name in ("vfx_ai", "vfx_ai.errors"):
            sys.modules[name] = types.ModuleType(name)
        sys.modules["odd"] = types.SimpleNamespace(__file__=7)
        before = dict(sys.modules)
        spec = spec_from_file_location("host_job", sys.argv[1])
        module = module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except RuntimeError as error:
            print(error)
        print({n: m for n, m in sys.modules.items() if n.startswith("vfx_ai")} == {
            n: m for n, m in before.items() if n.startswith("vfx_ai")
        })
    """
    words = [sys.executable, "-I", "-S", "-B", "-c", textwrap.dedent(code), str(tmp_path / "job.py")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.stdout.splitlines(), done.stderr) == (["half of it was copied", "True"], "")


def test_it_speaks_what_the_worker_does():
    from vfx_ai import job as jobs
    from vfx_ai.worker.describe import PROTOCOLS

    assert jobs.SCHEMA == SCHEMA
    assert PROTOCOL in PROTOCOLS


def test_the_version_is_the_packages():
    import vfx_ai

    assert vfx_ai.__version__ == VERSION
