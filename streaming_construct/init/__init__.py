"""Creates new projects from templates.

May import: `terminal`.
"""
