"""What was done, and the proof of it."""
