"""The CDK app of `streaming-construct verify`, for `cdk --app`."""

from __future__ import annotations

import argparse

from aws_cdk import App

from streaming_construct.constructs.verification.verification_stack import VerificationStack
from streaming_construct.verify.stack_outputs import DEFAULT_NAME_PREFIX, STACK_ID


def main() -> None:
    """Synthesize the stack. The CDK CLI names the output folder in `CDK_OUTDIR`."""
    parser = argparse.ArgumentParser(prog="verification")
    parser.add_argument("--name-prefix", default=DEFAULT_NAME_PREFIX)
    parser.add_argument("--permissions-boundary", metavar="ARN")
    parser.add_argument("--cloud-watch-role", action="store_true")
    parser.add_argument("--without-jwt", action="store_true")
    arguments = parser.parse_args()
    # CloudFormation validates the template when it creates the change set.
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    VerificationStack(
        app,
        STACK_ID,
        name_prefix=arguments.name_prefix,
        permissions_boundary=arguments.permissions_boundary,
        cloud_watch_role=arguments.cloud_watch_role,
        jwt_authorizers=not arguments.without_jwt,
    )
    app.synth()


if __name__ == "__main__":
    main()
