"""Storyboards: a script becomes shots, shots become panels, and panels a page, a PDF, a timeline and an animatic."""
