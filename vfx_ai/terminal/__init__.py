"""What people read in a terminal: progress, tables, errors, and Ctrl-C."""
