"""Findings out: for a reader, for programs, for a review; and the page that explains each rule.

Used by every command that judges an API. Imports `knowledge` alone.
"""
