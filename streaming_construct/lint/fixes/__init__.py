"""The fixes of `lint --fix`: for a rule, the edits of a template that have only one fix.

May import: `aws`, `documents`, `model`, `rules`, `templates`. `registry.FIXES` has all fixes by
their rules.
"""
