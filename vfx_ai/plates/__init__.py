"""Whole plates: without what moves, wider, new, or looping."""
