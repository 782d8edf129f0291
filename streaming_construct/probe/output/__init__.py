"""Terminal, JSON, SVG and HTML output.

May import: `terminal`, `probe.http`, `probe.diagnosis`, `probe.result`.
"""
