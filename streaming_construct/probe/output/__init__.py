"""Terminal, JSON, SVG and HTML output.

May import: `probe.diagnosis`, `probe.http`, `probe.result`, `terminal`.
"""
