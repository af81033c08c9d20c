"""A real Ray of two workers that nobody else can reach: in a network and a process namespace of its own.

    unshare --net --pid --fork --kill-child --mount-proc python tests/ray_alone.py FOLDER COMMAND...

runs a command while such a Ray is there, at ADDRESS. Ray listens on all addresses of its machine,
whatever it is told; within the namespace the only one is the loopback's. All that it started ends with this process.
What it prints on its last line, in JSON: the network's interfaces, and what the command's exit code was.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

PORT, WORKERS = 6399, 2
ADDRESS = f"127.0.0.1:{PORT}"
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 0x1  # of Linux's network interfaces
# Longer than Ray waits by itself. Its raylet gives its agent 15 seconds and then ends, whatever it is told.
PATIENT = {"RAY_raylet_start_wait_time_s": "60"}
NO_RAY = 77  # the exit code where it doesn't start
# Smallest that it takes; nothing is sent but the end of what a task said.
MEMORY = ("--object-store-memory=80000000",)


def words_of(folder: Path, command: list[str]) -> list[str]:
    """What starts this file in namespaces of its own; root needs no other user for that."""
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    apart = ["unshare", *user, "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*apart, sys.executable, str(Path(__file__).resolve()), str(folder), *command]


def loopback_up() -> None:
    """Switch on the one interface that there is."""
    import fcntl  # not on Windows, where this file is loaded and not run

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        asked = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(plug, GET_FLAGS, asked))[1]
        fcntl.ioctl(plug, SET_FLAGS, struct.pack("16sH14x", b"lo", flags | UP))


def main() -> None:
    """Start Ray, run the command, and tell."""
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    loopback_up()
    # Its token lies in the user's home, and shall not lie in a real one.
    variables = {**os.environ, "HOME": str(folder), "RAY_USAGE_STATS_ENABLED": "0", **PATIENT}
    start = [str(Path(sys.executable).with_name("ray")), "start", "--head", f"--port={PORT}", f"--num-cpus={WORKERS}"]
    start += ["--num-gpus=0", "--node-ip-address=127.0.0.1", "--include-dashboard=false", "--disable-usage-stats"]
    started = subprocess.run(
        [*start, *MEMORY, f"--temp-dir={folder}"],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if started.returncode:
        print(
            f"Ray doesn't start ({started.returncode}): {started.stdout[-800:]}{started.stderr[-800:]}", file=sys.stderr
        )
        sys.exit(NO_RAY)
    code = subprocess.run(command, env=variables).returncode
    print(json.dumps({"interfaces": [name for _, name in socket.if_nameindex()], "code": code}))


if __name__ == "__main__":
    main()
