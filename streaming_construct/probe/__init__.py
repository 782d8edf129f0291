"""Timing a live stream and judging whether it streamed.

May import `knowledge`. Standard library otherwise.
"""
