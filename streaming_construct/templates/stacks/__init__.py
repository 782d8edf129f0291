"""Loads input files into `Stack` values. May import: `documents`, `model`, `rules.suppression`."""
