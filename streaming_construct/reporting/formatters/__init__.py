"""One module per output format.

May import: `model`, `rules`, `reporting.report`, `reporting.explain`.
"""
