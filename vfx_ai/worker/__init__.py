"""The program's door: jobs over standard input and output, for hosts that must not load torch themselves.

`server` is the process that a host talks to; it stays light and always answers. `hand` is the process that does the
work, started and ended by `process`. `kinds` is the table of what can be asked; docs/worker.md tells it to others.
"""
