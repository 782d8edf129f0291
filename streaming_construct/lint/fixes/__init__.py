"""The fixes of `lint --fix`: for a rule, the edits of a template that have only one fix.

May import: `documents`, `model`, `rules` and below. `registry.FIXES` has all fixes by their rules.
"""
