"""Rules that only synth can find, one module a subject: the constructs check them.

May import: `rules.rule`. This folder declares them because `registry` must not import `aws_cdk`.
"""
