"""Archives and Python environments on disk. May import: `aws`, `packaging`, `terminal`."""
