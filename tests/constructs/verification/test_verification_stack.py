"""The stack of `verify`: everything in it can be deleted, and the readers find its outputs."""

from __future__ import annotations

import pytest
from aws_cdk import App

from streaming_construct.constructs.verification.verification_stack import VerificationStack
from streaming_construct.verify import stack_outputs
from tests.support.synthesis import Template, resources, synthesize

BOUNDARY = "arn:aws:iam::123456789012:policy/Boundary"


@pytest.fixture(scope="module")
def template() -> Template:
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    stack = VerificationStack(
        app, stack_outputs.STACK_ID, name_prefix="check", permissions_boundary=BOUNDARY
    )
    assert stack.stack_name == "check"
    return synthesize(stack)


def test_no_resource_remains_after_the_stack(template: Template) -> None:
    policies = {
        logical_id: resource.get("DeletionPolicy", "Delete")
        for logical_id, resource in template["Resources"].items()
    }
    assert set(policies.values()) == {"Delete"}, policies


def test_every_role_has_the_permissions_boundary(template: Template) -> None:
    roles = resources(template, "AWS::IAM::Role")
    boundaries = {role["Properties"].get("PermissionsBoundary") for role in roles.values()}
    assert len(roles) > 8
    assert boundaries == {BOUNDARY}


def test_the_readers_find_every_output(template: Template) -> None:
    names = {
        value
        for name, value in vars(stack_outputs).items()
        if name.endswith(("_ID", "_URL", "_GROUP")) and name != "STACK_ID"
    }
    assert set(template["Outputs"]) >= names


def test_logs_are_kept_for_a_day(template: Template) -> None:
    groups = resources(template, "AWS::Logs::LogGroup").values()
    assert {group["Properties"]["RetentionInDays"] for group in groups} == {1}


def test_no_account_setting_is_changed(template: Template) -> None:
    assert not resources(template, "AWS::ApiGateway::Account")
