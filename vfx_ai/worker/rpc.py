"""JSON-RPC 2.0, one object a line: what a line asks, and how it is answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from vfx_ai.errors import VfxAiError
from vfx_ai.worker.lines import LONGEST

# The standard's codes; the last is the first of those that it leaves to us.
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
FAILED = -32000

RequestId = str | int | float | None


@dataclass(frozen=True)
class Request:
    """What a line asks.

    Attributes:
        method: its name.
        params: by name.
        id: by which it is answered.
        silent: it has no id and gets no answer.
    """

    method: str
    params: dict[str, Any] = field(default_factory=dict)
    id: RequestId = None
    silent: bool = False


class RpcError(Exception):
    """A line that can't be followed.

    Args:
        code: of the standard.
        message: what is wrong.
        request: the id of the request, where it is known.
        data: more, for programs.
    """

    def __init__(self, code: int, message: str, request: RequestId = None, data: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.request, self.data = code, message, request, data


def parse(line: bytes | None) -> Request:
    """The request of a line; None is a line that was too long.

    Raises:
        RpcError: it holds none.
    """
    if line is None:
        raise RpcError(PARSE_ERROR, f"a line is longer than {LONGEST} bytes")
    try:
        found = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise RpcError(PARSE_ERROR, "a line is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, f"a line is not JSON: {str(error) or 'nested too deeply'}") from None
    if isinstance(found, list):
        raise RpcError(INVALID_REQUEST, "batches are not taken; write one object a line")
    if not isinstance(found, dict):
        raise RpcError(INVALID_REQUEST, "a line is no object")
    number = found.get("id")
    if isinstance(number, bool) or not isinstance(number, str | int | float | None):
        raise RpcError(INVALID_REQUEST, "id is neither text nor number")
    if found.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, 'jsonrpc is not "2.0"', number)
    method, params = found.get("method"), found.get("params", {})
    if not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "method is no text", number)
    if not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "params are no object", number)
    return Request(method, params, number, "id" not in found)


def answer(request: RequestId, result: Any) -> dict[str, Any]:
    """The answer to a request."""
    return {"jsonrpc": "2.0", "id": request, "result": result}


def refusal(error: RpcError) -> dict[str, Any]:
    """The answer to a request that can't be followed."""
    told: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        told["data"] = error.data
    return {"jsonrpc": "2.0", "id": error.request, "error": told}


def notice(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def failure(error: VfxAiError) -> dict[str, Any]:
    """What hosts are told of an error: its class, its parts, the whole of it in one line, and the exit code."""
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "file": error.file,
        "frame": error.frame,
        "remedy": error.remedy,
        "text": str(error),
        "exit_code": error.exit_code,
    }


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
