"""Terminal, JSON, SVG and HTML output.

May import: `probe.http`, `probe.diagnosis`, `probe.result`.
"""
