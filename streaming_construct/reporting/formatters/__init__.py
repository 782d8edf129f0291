"""One module per output format.

May import: `model`, `reporting.report`, `rules`, `terminal`.
"""
