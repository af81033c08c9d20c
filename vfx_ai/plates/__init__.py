"""Whole plates: new ones made of a reference's own patches, and loops."""
