"""`streaming-construct lint`: checks templates, assemblies, documents and plans by the rules.

May import: `aws`, `documents`, `model`, `reporting`, `rules`, `templates`, `terminal`.
"""
