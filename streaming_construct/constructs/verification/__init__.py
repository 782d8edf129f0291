"""The stack that `streaming-construct verify` deploys: one API with every kind of route.

May import: the constructs and the names that `verify.stack_outputs` shares with the readers of the
stack. Nothing imports it; the command starts `__main__` as a CDK app.
"""
