"""The steps of a run, each a file: what is asked, the analysis, the plan, a frame, its writing, its proof."""
