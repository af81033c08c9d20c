"""What the tests of the client share: its file, jobs as a host writes them, and how it is seen that one has ended."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from workers import PATIENCE, ROOT, children, job

from vfx_ai.client import Client, Event

FILE = ROOT / "vfx_ai" / "client.py"
THREADS = ("_read", "_log", "_write")  # of a client, as Python calls them: Thread-1 (_read)


def assert_nothing_is_left() -> None:
    def left() -> list[object]:
        ours = [one.name for one in threading.enumerate() if any(f"({do})" in one.name for do in THREADS)]
        return [*children(), *ours]

    until = time.monotonic() + PATIENCE
    while left() and time.monotonic() < until:
        time.sleep(0.02)
    assert not left()


def plain(folder: Path, what: str, **fields: object) -> dict[str, object]:
    """A job as a host writes it, without the schema's number."""
    return {name: value for name, value in job(folder, what, **fields).items() if name != "schema"}


def end(client: Client, name: str) -> Event:
    event = client.wait(name, PATIENCE)
    assert event is not None, client.log()
    return event


# A program that loads the client by its path.
LOADED = """
    import sys, time
    from importlib.util import module_from_spec, spec_from_file_location
    began = time.process_time()
    spec = spec_from_file_location("vfx_ai_client", sys.argv[1])
    client = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(client)
    print(time.process_time() - began)
    print(*sorted({name.split(".")[0] for name in sys.modules}))
"""
HELLO = {"jsonrpc": "2.0", "method": "hello", "params": {"protocols": [1], "schema": 1, "version": "9"}}
