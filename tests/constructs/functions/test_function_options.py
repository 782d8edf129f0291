"""`FunctionOptions`: typed once, passed to CDK unchanged, checked before a resource is created."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_iam import PolicyStatement, Role

from streaming_construct import PythonStreamingFunction, PythonWebFunction
from streaming_construct.constructs.functions import python_package
from streaming_construct.constructs.functions.function_options import (
    DEPRECATED_OPTIONS,
    FunctionOptions,
)
from tests.support.synthesis import only, synthesize

CONSTRUCTS: list[type[Any]] = [PythonStreamingFunction, PythonWebFunction]
# What the constructs decide themselves, or take as an argument of the same name.
DECIDED = {"self", "scope", "id", "code", "handler", "runtime"}
# These serve only `log_retention`, which is deprecated.
OF_LOG_RETENTION = {"log_retention_retry_options", "log_retention_role"}


@pytest.fixture
def arguments(tmp_path: Path) -> dict[str, Any]:
    """The required arguments of both constructs: a folder without requirements."""
    (tmp_path / "index.py").write_text("def handler(event, context): yield 'a'\n")
    (tmp_path / "run.sh").write_text("#!/bin/sh\nexec python -m http.server $AWS_LWA_PORT\n")
    return {"entry": tmp_path}


def test_the_keys_are_those_of_the_function_of_cdk() -> None:
    """A new option of CDK fails this test, and so does a newly deprecated one."""
    theirs = set(inspect.signature(lambda_.Function.__init__).parameters) - DECIDED
    text = lambda_.Function.__init__.__doc__ or ""
    deprecated = set(re.findall(r":param (\w+): \(deprecated\)", text))

    assert "log_retention" in deprecated
    assert DEPRECATED_OPTIONS.keys() == deprecated | OF_LOG_RETENTION
    assert FunctionOptions.__optional_keys__ == theirs - DEPRECATED_OPTIONS.keys()


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_every_option_is_passed_on(
    construct: type[Any],
    stack: Stack,
    arguments: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each has its name. Separate tests check the options that the constructs complete."""
    completed = {"architecture", "environment", "layers", "memory_size", "timeout"}
    names = FunctionOptions.__optional_keys__ - completed - {"adot_instrumentation"}
    values = {name: object() for name in names}
    passed: dict[str, object] = {}

    def stop(*_: object, **options: object) -> None:
        passed.update(options)
        raise InterruptedError

    monkeypatch.setattr(python_package, "find_option_type_problems", lambda *_, **__: [])
    monkeypatch.setattr(lambda_.Function, "__init__", stop)
    with pytest.raises(InterruptedError):
        construct(stack, "Chat", **arguments, **values)

    assert {name: passed[name] for name in names} == values
    assert passed.keys() - names <= completed | {"code", "handler", "runtime"}


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_an_option_reaches_its_property(
    construct: type[Any], stack: Stack, arguments: dict[str, Any]
) -> None:
    """The test checks some of the options, two of them with resources of another stack."""
    role = Role.from_role_arn(stack, "Role", "arn:aws:iam::123456789012:role/chat")
    layer_arn = "arn:aws:lambda:us-east-1:123456789012:layer:chat:1"
    construct(
        stack,
        "Chat",
        **arguments,
        role=role,
        layers=[lambda_.LayerVersion.from_layer_version_arn(stack, "Layer", layer_arn)],
        logging_format=lambda_.LoggingFormat.JSON,
        application_log_level_v2=lambda_.ApplicationLogLevel.DEBUG,
        tenancy_config=lambda_.TenancyConfig.PER_TENANT,
        dead_letter_queue_enabled=True,
        retry_attempts=0,
        initial_policy=[PolicyStatement(actions=["bedrock:*"], resources=["*"])],
        memory_size=2048,
        description=None,
    )

    properties = only(synthesize(stack), "AWS::Lambda::Function")
    assert properties["LoggingConfig"] == {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}
    assert properties["Role"] == role.role_arn
    assert layer_arn in properties["Layers"]
    assert properties["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}
    assert properties["MemorySize"] == 2048
    assert "DeadLetterConfig" in properties


WRONG: dict[str, tuple[object, str]] = {
    "memory": (1024, "memory is not an option. Use memory_size."),
    "code": ("lambda", "code is not accepted. Pass entry."),
    "log_retention": (7, "log_retention is not accepted. Create a LogGroup and pass it as"),
    "timeout": (300, "timeout is 300, of type int. Pass a Duration."),
    "memory_size": ("1024", "memory_size is '1024', of type str. Pass a number."),
    "architecture": ("arm64", "architecture is 'arm64', of type str. Pass an Architecture."),
    "environment": ({"PORT": 80}, "environment is {'PORT': 80}, of type dict. Pass a dict of str"),
    "layers": ("arn", "layers is 'arn', of type str. Pass a list of ILayerVersion."),
    "initial_policy": (
        [{}],
        "initial_policy is [{}], of type list. Pass a list of Policy",
    ),
    "role": (Role, f"role is {Role!r}, of type "),
    "vpc": ("vpc-1", "vpc is 'vpc-1', of type str. Pass an IVpc."),
    "log_group": (object, "log_group is <class 'object'>, of type type. Pass an ILogGroup"),
    "retry_attempts": (True, "retry_attempts is True, of type bool. Pass a number."),
    "exclude": (3, "exclude is 3, of type int. Pass a list of texts."),
    "vpc_subnets": ("a", "vpc_subnets is 'a', of type str. Pass a SubnetSelection."),
    "tracing": (True, "tracing is True, of type bool. Pass a Tracing."),
    "runtime": ("python3.12", "runtime is 'python3.12', of type str. Pass a Runtime."),
}


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_wrong_options_are_reported_together(
    construct: type[Any], stack: Stack, arguments: dict[str, Any]
) -> None:
    """The message names the construct, each value and the fix; nothing is created."""
    options = {name: value for name, (value, _) in WRONG.items()}

    with pytest.raises(ValueError, match=r"^Stack/Chat cannot be created:\n") as raised:
        construct(stack, "Chat", **arguments, **options)

    lines = str(raised.value).splitlines()[1:]
    assert len(lines) == len(WRONG)
    for _, message in WRONG.values():
        assert any(message in line for line in lines), message
    assert stack.node.children == []


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_arguments_without_a_default_cannot_be_none(construct: type[Any], stack: Stack) -> None:
    """The entry point is `handler` or `app`."""
    name = "handler" if construct is PythonStreamingFunction else "app"
    with pytest.raises(ValueError, match=r"^Stack/Chat cannot be created:\n") as raised:
        construct(stack, "Chat", entry=None, **{name: 3})

    assert "- entry is None, of type NoneType. Pass the path of a folder." in str(raised.value)
    assert f"- {name} is 3, of type int. Pass a text as" in str(raised.value)


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_missing_folder_hides_no_other_problem(
    construct: type[Any], stack: Stack, tmp_path: Path
) -> None:
    """What is not in the folder is no problem of its own."""
    name = "handler" if construct is PythonStreamingFunction else "app"
    with pytest.raises(ValueError, match=r"^Stack/Chat cannot be created:\n") as raised:
        construct(stack, "Chat", entry=tmp_path / "missing", **{name: "main"})

    folder, entry_point = str(raised.value).splitlines()[1:]
    assert "does not exist. Pass the folder" in folder
    assert f"{name} 'main' is " in entry_point


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_values_that_cannot_work_are_reported_together(
    construct: type[Any], stack: Stack, arguments: dict[str, Any]
) -> None:
    """A timeout out of range, and two options that set the same variable."""
    with pytest.raises(ValueError, match=r"^Stack/Chat cannot be created:\n") as raised:
        construct(
            stack,
            "Chat",
            **arguments,
            timeout=Duration.minutes(31),
            memory_size=-1,
            environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/other"},
            adot_instrumentation=lambda_.AdotInstrumentationConfig(
                exec_wrapper=lambda_.AdotLambdaExecWrapper.INSTRUMENT_HANDLER,
                layer_version=lambda_.AdotLayerVersion.from_python_sdk_layer_version(
                    lambda_.AdotLambdaLayerPythonSdkVersion.LATEST
                ),
            ),
        )

    message = str(raised.value)
    assert "timeout is 1860 s. Pass a duration from 1 to 1800 s." in message
    assert "memory_size is -1. Pass a whole number of MiB, at least 128." in message
    assert "environment and adot_instrumentation both set AWS_LAMBDA_EXEC_WRAPPER." in message


@pytest.mark.parametrize("construct", CONSTRUCTS)
@pytest.mark.parametrize("is_adot", [True, False])
def test_the_wrapper_of_another_vendor_starts_first(
    construct: type[Any], stack: Stack, arguments: dict[str, Any], *, is_adot: bool
) -> None:
    """Lambda starts one wrapper. Ours, or `run.sh`, starts the other one."""
    if is_adot:
        layer = lambda_.AdotLayerVersion.from_python_sdk_layer_version(
            lambda_.AdotLambdaLayerPythonSdkVersion.LATEST
        )
        instrument = lambda_.AdotLambdaExecWrapper.INSTRUMENT_HANDLER
        arguments["adot_instrumentation"] = lambda_.AdotInstrumentationConfig(
            exec_wrapper=instrument, layer_version=layer
        )
    else:
        arguments["environment"] = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument"}
    construct(stack, "Chat", **arguments)

    variables = only(synthesize(stack), "AWS::Lambda::Function")["Environment"]["Variables"]
    assert variables["STREAMING_EXEC_WRAPPER"] == "/opt/otel-instrument"
    assert variables["AWS_LAMBDA_EXEC_WRAPPER"] in (
        "/opt/bootstrap",
        "/var/task/streaming_construct/wrapper",
    )
