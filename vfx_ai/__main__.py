"""`python -m vfx_ai` is the command `vfx-ai`."""

from vfx_ai.cli import main

if __name__ == "__main__":
    main()
