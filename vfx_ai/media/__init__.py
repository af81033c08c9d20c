"""Frames in and out: the only place where a file's pixels and the program's scene-linear ones meet."""
