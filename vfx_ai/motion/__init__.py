"""How the background moves."""
