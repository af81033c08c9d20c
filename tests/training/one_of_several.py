"""One of two processes that train together; run by test_together.py with its rank and a folder.

They meet by a file, and talk over this machine's own interface alone. All but the first fail if they write anything.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

RANK, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
MODELS = FOLDER / "models"
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    places = [str(one) for one in arguments[:2] if isinstance(one, str | os.PathLike)]
    writes = event in ("os.rename", "os.remove", "os.link") or (
        event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
    )
    if writes and any(str(MODELS) in place for place in places):
        print("wrote", event, places, file=sys.stderr, flush=True)
        os._exit(9)


def main() -> None:
    import torch

    os.environ |= {"GLOO_SOCKET_IFNAME": "lo", "LOCAL_RANK": str(RANK)}
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{FOLDER / 'meet'}", rank=RANK, world_size=2)
    import vfx_ai
    from vfx_ai.errors import Interrupted
    from vfx_ai.training import lora_stills

    lora_stills.SHOWN_STEPS["cpu"] = 1  # samples are looked at elsewhere

    if RANK:
        sys.addaudithook(_watch)
    asked = json.loads((FOLDER / "asked.json").read_text(encoding="utf-8"))
    losses: dict[str, float] = {}
    for name, how in asked.items():
        stops, done = how.pop("stops", False), list[int]()
        os.environ["ACCELERATE_USE_FSDP"] = str(how.pop("spread", False))
        full, again = how.pop("full", False), how.pop("again", False)

        def told(event: vfx_ai.Event, done: list[int] = done) -> None:
            if event.stage == "learn" and event.kind == "step":
                done.append(event.done)

        def stopped(stops: bool = stops, done: list[int] = done) -> bool:
            return stops and RANK == 0 and len(done) >= 2

        base = how.pop("base", "")
        fields = {**how, "models_dir": MODELS, "progress": told, "cancelled": stopped}
        try:
            on_base = vfx_ai.train_full if full else vfx_ai.train_lora
            made = on_base(name, base, **fields) if base else vfx_ai.train(name, **fields)
            losses[name] = made.loss
        except Interrupted:
            losses[name] = on_base(name, base, **{**fields, "cancelled": None}).loss if again else -1
    (FOLDER / f"losses.{RANK}.json").write_text(json.dumps(losses), encoding="utf-8")
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
