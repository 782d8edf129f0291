"""`streaming-construct doctor`: checks a deployed API, its functions and their logs by the rules.

May import: `deployed`, `templates`, `reporting` and below. Imports boto3 only when it runs.
"""
