"""Rules that only synth can find, one module a subject: the constructs check them.

May import: `rules.rule`. They are declared here because `registry` must not import `aws_cdk`.
"""
