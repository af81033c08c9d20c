"""The same run on many machines: its three steps as tasks for a scheduler, and many shots at once."""
