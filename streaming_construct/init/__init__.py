"""Creates new projects from templates.

May import: nothing of this package.
"""
