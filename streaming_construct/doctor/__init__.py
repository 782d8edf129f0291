"""`streaming-construct doctor`: checks a deployed API, its functions and their logs by the rules.

May import: `aws`, `deployed`, `documents`, `model`, `reporting`, `rules`, `templates`, `terminal`.
Imports boto3 only when it runs.
"""
