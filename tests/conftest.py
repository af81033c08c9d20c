"""What the tests share: small EXR files made on the spot, and the workshop's clips where they are."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exr_files import write_exr

from vfx_ai.media.frame import Patch, Window

# On a busy machine what gives way would hardly come to work, and a test would wait for it.
os.environ.setdefault("VFX_AI_NICE", "0")
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real clips beside the checkout."""
    if not (SHARED / "clips").is_dir():
        pytest.skip("the workshop's clips are not beside the checkout (../shared)")
    return SHARED


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test does, nothing beyond this machine is asked."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(plug: socket.socket, address: Any) -> None:
        refuse_network(address[0] if isinstance(address, tuple) else "")
        connect(plug, address)

    def guarded_look_up(host: Any, *others: Any, **more: Any) -> Any:
        refuse_network(host)
        return look_up(host, *others, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


@pytest.fixture(autouse=True)
def no_studio_config(monkeypatch: pytest.MonkeyPatch) -> None:
    """Color is that of the built-in config, whatever the machine's user has set."""
    monkeypatch.delenv("OCIO", raising=False)


def refuse_network(host: Any) -> None:
    if host not in (None, "", "localhost", "127.0.0.1", "::1"):
        raise RuntimeError(f"a test asked the network for {host!r}")


@pytest.fixture
def make_exr() -> Callable[..., Path]:
    """make_exr(path, channels, window=(x0, y0), display=(w, h), **header): one part; or parts=[(header, channels)]."""
    return write_exr


@pytest.fixture
def half_noise() -> Callable[..., dict[str, np.ndarray]]:
    """half_noise("RGBA", height, width): half channels that hold values below 0 and far above 1."""

    def made(names: str | list[str], height: int = 20, width: int = 24, seed: int = 1) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(seed)
        return {name: rng.normal(0.5, 4.0, (height, width)).astype(np.float16) for name in names}

    return made


@pytest.fixture
def make_patch() -> Callable[..., Patch]:
    """make_patch(window): a patch of light 7.25 with a hole that leaves a border of one pixel."""

    def made(window: Window, value: float = 7.25) -> Patch:
        hole = np.zeros((window.height, window.width), bool)
        hole[1:-1, 1:-1] = True
        pixels = np.full((*hole.shape, 3), value, np.float32)
        confidence = np.where(hole, np.float32(0.75), np.float32(1))
        return Patch(window, pixels, hole, np.where(hole, 6, 0).astype(np.uint8), confidence)

    return made
