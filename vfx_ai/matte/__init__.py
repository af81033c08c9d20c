"""Where the hole is."""
