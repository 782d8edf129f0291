"""Findings for variants of one sound template: defects are errors, working variants are not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from streaming_construct.documents.document import read_document
from streaming_construct.lint.command import lint
from streaming_construct.lint.linter import LintResult, lint_path
from tests.support.rule_examples import EXAMPLES, merge

BASE: Final = dict(read_document(EXAMPLES / "base.yaml").data)
INTEGRATION: Final = BASE["Resources"]["Api"]["Properties"]["Body"]["paths"]["/chat"]["post"][
    "x-amazon-apigateway-integration"
]
STREAM: Final = "2021-11-15/functions/${Chat.Arn}/response-streaming-invocations"


def write_variant(folder: Path, **resources: Any) -> Path:
    """Write the sound template with changed resources; None removes one."""
    file = folder / "template.json"
    file.write_text(json.dumps(merge(BASE, {"Resources": resources})))
    (folder / "web").mkdir(exist_ok=True)
    (folder / "web" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "web" / "run.sh").chmod(0o755)
    return file


def integration(**members: Any) -> dict[str, Any]:
    """Change members of the integration."""
    operation = {"x-amazon-apigateway-integration": members}
    return {"Properties": {"Body": {"paths": {"/chat": {"post": operation}}}}}


def ids(result: LintResult) -> list[str]:
    return [finding.rule.id for finding in result.findings]


def role(trust: dict[str, Any] | None = None, **statement: Any) -> dict[str, Any]:
    """Invoke by a role in place of a permission."""
    allowed = {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": {"Fn::GetAtt": ["Chat", "Arn"]},
    }
    policy = {"Statement": [{**allowed, **statement}]}
    trusted = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}}
    assumed = {"Statement": [{**trusted, "Action": "sts:AssumeRole", **(trust or {})}]}
    return {
        "Api": integration(credentials={"Fn::GetAtt": ["Role", "Arn"]}),
        "Permission": None,
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": assumed,
                "Policies": [{"PolicyName": "invoke", "PolicyDocument": policy}],
            },
        },
    }


def attached(policy: str) -> dict[str, Any]:
    """Invoke by a role that has only a policy that AWS manages."""
    resources = role()
    properties = resources["Role"]["Properties"]
    properties["Policies"] = None
    properties["ManagedPolicyArns"] = [f"arn:aws:iam::aws:policy/{policy}"]
    return resources


def json_text(resources: dict[str, Any], logical_id: str, name: str) -> dict[str, Any]:
    """Return a property of the type Json as text, without references."""
    declared = merge(BASE, {"Resources": resources})["Resources"][logical_id]["Properties"][name]
    text = re.sub(r'\{"Fn::Sub": "([^"]*)"\}', r'"\1"', json.dumps(declared))
    function = "arn:aws:lambda:us-east-1:123456789012:function:chat"
    text = text.replace("${Chat.Arn}", function).replace("${AWS::Region}", "us-east-1")
    return merge(resources, {logical_id: {"Properties": {name: text}}})


def in_regions(lambda_region: str, function: str, partition: str = "aws") -> dict[str, Any]:
    """Name a function of another stack, by Regions and a partition."""
    path = STREAM.replace(
        "${Chat.Arn}", f"arn:{partition}:lambda:{function}:123456789012:function:x"
    )
    uri = f"arn:{partition}:apigateway:{lambda_region}:lambda:path/{path}"
    return integration(uri={"Fn::Sub": uri} if "${" in uri else uri)


def layers(*regions: str) -> dict[str, Any]:
    """Give the function layers of Regions beside the adapter."""
    arns = [f"arn:aws:lambda:{region}:1:layer:part-{n}:1" for n, region in enumerate(regions)]
    adapter = "arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerArm64:30"
    references = [{"Fn::Sub": arn} if "${" in arn else arn for arn in (adapter, *arns)]
    return {"Properties": {"Layers": references}}


def document(**members: Any) -> dict[str, Any]:
    """Change members of the document."""
    return {"Properties": {"Body": members}}


POOL: Final = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_chat"


def authorized(**members: Any) -> dict[str, Any]:
    """Authorize the route with a Cognito authorizer."""
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", **members},
    }
    operation: dict[str, Any] = {"security": [{"pool": []}]}
    body = {
        "components": {"securitySchemes": {"pool": scheme}},
        "paths": {"/chat": {"post": operation}},
    }
    return {"Properties": {"Body": body}}


BUFFERED: Final = {
    "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Check.Arn}"
    "/invocations"
}
CHECKER: Final = {
    "Check": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Runtime": "python3.14", "Handler": "index.handler", "Code": "web"},
    }
}
NOT_PERMITTED: Final = ["permission-missing"]
"""API Gateway must be allowed to invoke the function of an authorizer, too."""


def plan(stage: object) -> dict[str, Any]:
    """Use a stage of the API."""
    stages = {"ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": stage}]}
    return {"Type": "AWS::ApiGateway::UsagePlan", "Properties": stages}


def key(stage: object) -> dict[str, Any]:
    """Let an API key name a stage of the API."""
    stages = {"StageKeys": [{"RestApiId": {"Ref": "Api"}, "StageName": stage}]}
    return {"Type": "AWS::ApiGateway::ApiKey", "Properties": stages}


def method(**properties: Any) -> dict[str, Any]:
    """Declare the API by a method resource alone."""
    declared = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": {"Type": "MOCK"},
    }
    return {
        "Api": {"Properties": {"Body": None, "Name": "chat"}},
        "Method": {"Type": "AWS::ApiGateway::Method", "Properties": declared | properties},
        "Deployment20261122": {"DependsOn": "Method"},
    }


def domain_name(endpoint_type: str, certificate: str) -> dict[str, Any]:
    """Declare a custom domain name with its certificate in a property."""
    properties = {
        "DomainName": "api.example.com",
        "EndpointConfiguration": {"Types": [endpoint_type]},
        certificate: {"Ref": "Certificate"},
    }
    return {"Type": "AWS::ApiGateway::DomainName", "Properties": properties}


def linked(link: str) -> dict[str, Any]:
    """Integrate a backend in a VPC."""
    return integration(
        type="http_proxy",
        uri="http://backend.example.com",
        connectionType="VPC_LINK",
        connectionId=link,
    )


TWICE: Final = {"post": {"x-amazon-apigateway-integration": {"type": "mock"}}}
DUPLICATED: Final = ["duplicate-route", "path-changed"]
"""API Gateway changes only the second of `/chat` and `/chat/`."""


def condition(key: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": {key: "123456789012"}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (role(), []),
        (role(condition("aws:SourceAccount")), ["permission-source-mismatch"]),
        (role(condition("AWS:SourceArn")), ["permission-source-mismatch"]),
        (role(condition("sts:ExternalId")), ["permission-source-mismatch"]),
        (role({"Principal": {"AWS": "arn:aws:iam::1:root"}}), ["permission-source-mismatch"]),
        (role(Action=["lambda:Get*"]), ["permission-missing"]),
        (role(Action=None, NotAction="s3:*"), ["overly-permissive-grant"]),
        (role(Action=None, NotAction=["LAMBDA:Invoke*"]), ["permission-missing"]),
        (role({"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "1"}}}), []),
        (role({"Condition": {"Null": {"aws:SourceArn": "true"}}}), []),
        (attached("service-role/AmazonAPIGatewayPushToCloudWatchLogs"), ["permission-missing"]),
        (attached("service-role/AWSLambdaRole"), ["overly-permissive-grant"]),
        (attached("NotKnown"), []),
        (json_text(role(), "Role", "AssumeRolePolicyDocument"), []),
        (
            json_text(role(Action="s3:*"), "Role", "AssumeRolePolicyDocument"),
            ["permission-missing"],
        ),
        ({"Api": in_regions("eu-west-1", "us-west-2")}, ["integration-region-mismatch"]),
        ({"Api": in_regions("us-east-1", "us-west-2")}, ["integration-region-mismatch"]),
        ({"Api": in_regions("eu-west-1", "${AWS::Region}")}, []),
        ({"Api": in_regions("eu-west-1", "eu-west-1")}, []),
        ({"Api": in_regions("cn-north-1", "cn-north-1")}, ["integration-region-mismatch"]),
        ({"Api": in_regions("cn-north-1", "cn-north-1", "aws-cn")}, []),
        ({"Api": in_regions("cn-north-1", "cn-north-1", "${AWS::Partition}")}, []),
        ({"Api": in_regions("us-isof-south-1", "us-isof-south-1", "aws-iso-f")}, []),
        ({"Api": in_regions("xx-north-1", "xx-north-1", "aws-xx")}, []),
        ({"Chat": layers("us-east-1", "eu-west-1")}, ["layer-region"]),
        ({"Chat": layers("${AWS::Region}", "eu-west-1")}, []),
        ({"Chat": layers(*["${AWS::Region}"] * 6)}, ["layer-quota-exceeded"]),
        ({"Api": document(openapi="2.0")}, ["openapi-version"]),
        ({"Api": document(openapi=None, swagger="3.0.1")}, ["openapi-version"]),
        ({"Api": document(openapi=None)}, ["openapi-version"]),
        ({"Api": document(openapi=None, swagger=2.0)}, []),
        ({"Api": document(openapi={"Ref": "Version"})}, []),
        (json_text({}, "Api", "Body"), []),
        (
            json_text({"Api": integration(httpMethod="GET")}, "Api", "Body"),
            ["integration-http-method"],
        ),
        ({"Api": integration(httpMethod="post")}, []),
        ({"Api": integration(httpMethod="ANY")}, ["integration-http-method"]),
        ({"Api": integration(httpMethod={"Ref": "Method"})}, []),
        ({"Api": integration(uri={"Fn::Sub": "${Chat.Arn}"})}, ["integration-uri-invalid"]),
        ({"Api": integration(uri=None)}, ["integration-uri-invalid"]),
        (
            {"Api": integration(uri={"Fn::Sub": "arn:aws:apigateway:x:lambda:path/${Chat.Arn}"})},
            ["integration-uri-invalid"],
        ),
        ({"Chat": {"Properties": {"Timeout": 10}}}, ["function-timeout-shorter"]),
        (
            {"Chat": {"Properties": {"ReservedConcurrentExecutions": 0}}},
            ["reserved-concurrency-zero"],
        ),
        ({"Chat": {"Properties": {"ReservedConcurrentExecutions": {"Ref": "Most"}}}}, []),
        (
            {
                "Mapping": {
                    "Type": "AWS::ApiGateway::BasePathMapping",
                    "Properties": {
                        "DomainName": "api.example.com",
                        "RestApiId": {"Ref": "Api"},
                        "Stage": "prod",
                    },
                }
            },
            ["stage-reference-unordered"],
        ),
        (
            {
                "Mapping": {
                    "Type": "AWS::ApiGateway::BasePathMapping",
                    "DependsOn": "Stage",
                    "Properties": {
                        "DomainName": "api.example.com",
                        "RestApiId": {"Ref": "Api"},
                        "Stage": "prod",
                    },
                }
            },
            [],
        ),
        (
            {"Api": {"Properties": {"EndpointConfiguration": {"Types": ["PRIVATE"]}}}},
            ["endpoint-invalid"],
        ),
        (
            {"Api": {"Properties": {"EndpointConfiguration": {"VpcEndpointIds": ["vpce-1"]}}}},
            ["endpoint-invalid"],
        ),
        (
            {
                "Api": {
                    "Properties": {"EndpointConfiguration": {"Types": ["REGIONAL", "EDGE"]}},
                }
            },
            ["endpoint-invalid"],
        ),
        ({"Api": integration(timeoutInMillis="5 minutes")}, ["timeout-out-of-range"]),
        ({"Api": integration(timeoutInMillis="300000")}, []),
        (
            {
                "Mapping": {
                    "Type": "AWS::ApiGateway::BasePathMappingV2",
                    "Properties": {
                        "DomainNameArn": {"Fn::ImportValue": "DomainName"},
                        "RestApiId": {"Ref": "Api"},
                        "Stage": "prod",
                    },
                }
            },
            ["stage-reference-unordered"],
        ),
        ({"Plan": plan("nope")}, ["stage-reference-unordered"]),
        ({"Api": linked("${stageVariables.link}")}, ["stage-variable-missing"]),
        ({"Api": linked("abc123")}, []),
        ({"Api": integration(credentials="${stageVariables.role}")}, ["stage-variable-missing"]),
        ({"Api": {"Properties": {"Body": {"paths": {"/chat/": TWICE}}}}}, DUPLICATED),
        ({"Name": domain_name("REGIONAL", "RegionalCertificateArn")}, []),
        ({"Name": domain_name("REGIONAL", "CertificateArn")}, ["domain-name-invalid"]),
        ({"Name": domain_name("PRIVATE", "RegionalCertificateArn")}, ["domain-name-invalid"]),
        ({"Plan": plan({"Ref": "Stage"})}, []),
        ({"Key": key("prod")}, ["stage-reference-unordered"]),
        ({"Key": key({"Ref": "Stage"})}, []),
        (method(), []),
        (method(ResponseTransferMode="STREAM"), ["integration-member-misplaced"]),
        (method(HttpMethod={"Fn::ImportValue": "method"}), []),
        (method(ResourceId={"Fn::ImportValue": "resource"}), []),
        ({"Plan": plan({"Ref": "Name"})}, []),
        ({"Plan": plan("nope"), "Stage": {"Properties": {"StageName": {"Ref": "Name"}}}}, []),
        ({"Api": authorized(providerARNs=[])}, ["authorizer-invalid"]),
        ({"Api": authorized(providerARNs={"Ref": "Pools"})}, []),
        ({"Api": authorized(type="token")}, ["authorizer-invalid"]),
        ({"Api": authorized(type="token", authorizerUri="${Chat.Arn}")}, ["authorizer-invalid"]),
        ({"Api": authorized(type="token", authorizerUri={"Ref": "Uri"})}, []),
        ({"Api": authorized(type="token", authorizerUri=BUFFERED), **CHECKER}, NOT_PERMITTED),
        ({"Api": authorized(type="jwt")}, ["authorizer-invalid"]),
        (method(AuthorizationType="CUSTOM"), ["authorizer-invalid"]),
        (
            {"Api": authorized(providerARNs=[POOL], authorizerResultTtlInSeconds="five")},
            ["authorizer-invalid"],
        ),
    ],
)
def test_a_variant_has_exactly_its_finding(
    resources: dict[str, Any], expected: list[str], tmp_path: Path
) -> None:
    """One cause is one finding."""
    assert ids(lint_path(write_variant(tmp_path, **resources))) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/*", False),
        ("/", True),
        ("/~1chat", False),
        ("/chat", True),
        ("chat", True),
        ("/~1chats", True),
        ("/~1chat/more", True),
    ],
)
def test_an_unescaped_method_setting_is_a_finding(
    path: str, expected: bool, tmp_path: Path
) -> None:
    """It applies to no route, and does not throttle one."""
    limit = {"HttpMethod": "*", "ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}
    method_settings = BASE["Resources"]["Stage"]["Properties"]["MethodSettings"]
    settings = {"MethodSettings": [*method_settings, {"ResourcePath": path, **limit}]}

    findings = lint_path(write_variant(tmp_path, Stage={"Properties": settings})).findings
    unmatched = [finding for finding in findings if finding.rule.id == "method-setting-unmatched"]

    pointer = ("Resources", "Stage", "Properties", "MethodSettings", "1")
    assert [finding.location.json_pointer for finding in unmatched] == (
        [pointer] if expected else []
    )


def test_a_method_setting_for_another_method_names_those_of_the_path(tmp_path: Path) -> None:
    """The path is one of the API."""
    setting = {"HttpMethod": "GET", "ResourcePath": "/~1chat", "CachingEnabled": False}
    stage = {"Properties": {"MethodSettings": [setting]}}

    problems = [
        finding.problem for finding in lint_path(write_variant(tmp_path, Stage=stage)).findings
    ]

    name = "the method setting for GET /chat applies to no route"
    assert f"{name}: the API has only POST /chat" in problems


def test_a_raised_quota_is_an_option(tmp_path: Path) -> None:
    """It does not count for an edge-optimized API, whose quota AWS does not raise."""
    uri = {"Fn::Sub": f"arn:aws:apigateway:us-east-1:lambda:path/{STREAM}"}
    uri["Fn::Sub"] = (
        uri["Fn::Sub"]
        .replace("2021-11-15", "2015-03-31")
        .replace("response-streaming-invocations", "invocations")
    )
    buffered = integration(uri=uri, responseTransferMode=None, timeoutInMillis=60_000)
    file = str(write_variant(tmp_path, Api=buffered))

    assert "timeout-out-of-range" in CliRunner().invoke(lint, [file]).stdout
    raised = CliRunner().invoke(lint, [file, "--integration-timeout-quota", "60000"])
    assert "timeout-out-of-range" not in raised.stdout
    assert CliRunner().invoke(lint, [file, "--integration-timeout-quota", "5"]).exit_code == 2


def assembly(folder: Path, stacks: dict[str, str]) -> Path:
    """Write a cloud assembly of templates by the names of their stacks."""
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": f"{name}.template.json"},
        }
        for name in stacks
    }
    (folder / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}))
    for name, text in stacks.items():
        (folder / f"{name}.template.json").write_text(text)
    return folder


NESTED: Final = json.dumps(
    {
        "Resources": {
            "In": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": "gone.json"},
            }
        }
    }
)


@pytest.mark.parametrize(
    ("other", "status", "words"),
    [
        ("{}", 1, ""),
        ('{"Parameters": {}}', 1, ""),
        ("{", 2, "Error: "),
        ('{"Resources": []}', 2, "has no Resources"),
        ('{"Resources": {"Odd": 1, "Bucket": {"Type": "AWS::S3::Bucket"}}}', 2, "resource Odd"),
        ('{"Resources": {"Odd": {"Type": ["x"], "Properties": [1]}}}', 1, ""),
        (NESTED, 1, "nested stack In is not read"),
    ],
)
def test_one_bad_stack_does_not_hide_the_findings_of_the_others(
    other: str, status: int, words: str, tmp_path: Path
) -> None:
    """An unreadable stack is named, and sets the exit status."""
    wrong = json.dumps(merge(BASE, {"Resources": {"Api": integration(httpMethod="GET")}}))

    result = CliRunner().invoke(lint, [str(assembly(tmp_path, {"A": other, "B": wrong}))])

    assert "[integration-http-method]" in result.stdout
    assert result.exit_code == status
    assert words in result.stderr


SAM: Final = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.14
      Handler: run.sh
      Timeout: 30
      Environment: {Variables: {AWS_LAMBDA_EXEC_WRAPPER: /opt/bootstrap}}
      Layers: [!Sub "arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerX86:30"]
      Events:
        Chat:
          Type: Api
          Properties: {Path: /chat/, Method: post, ResponseTransferMode: STREAM}
"""


def test_two_defects_of_a_sam_template_are_both_found(tmp_path: Path) -> None:
    """A wrong mode does not hide the missing variable of its function."""
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "t.yaml").write_text(SAM)

    findings = ids(lint_path(tmp_path / "t.yaml"))

    assert {"sam-transfer-mode-ignored", "adapter-invoke-mode", "path-changed"} <= set(findings)
    assert not {"permission-source-mismatch", "permission-missing", "path-invalid"} & set(findings)


def test_the_error_for_a_sam_parameter_without_a_value_names_it(tmp_path: Path) -> None:
    """It has the option that sets the value."""
    policy = "{ResourcePolicy: {SourceVpcWhitelist: [!Ref Vpc]}}"
    api = (
        "  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: prod\n"
        f"      EndpointConfiguration: {{Type: PRIVATE}}\n      Auth: {policy}\n"
    )
    text = SAM.replace("Resources:\n", f"Parameters: {{Vpc: {{Type: String}}}}\nResources:\n{api}")
    text = text.replace("{Path:", "{RestApiId: !Ref Api, Path:")
    (tmp_path / "t.yaml").write_text(text)

    result = CliRunner().invoke(lint, [str(tmp_path / "t.yaml")])

    assert result.exit_code == 2
    assert "--parameter Vpc=VALUE" in result.stderr
    with_parameter = CliRunner().invoke(
        lint, [str(tmp_path / "t.yaml"), "--parameter", "Vpc=vpc-1"]
    )
    assert with_parameter.exit_code in {0, 1}


def test_an_unused_canary_is_a_finding(tmp_path: Path) -> None:
    """All requests go to the deployment of the stage."""
    file = write_variant(tmp_path, Stage={"Properties": {"CanarySetting": {"PercentTraffic": 10}}})

    (note,) = lint_path(file).notes
    assert "the canary of stage prod is not applied" in note


def test_a_terraform_method_without_an_integration_is_an_error(tmp_path: Path) -> None:
    """It fails at deployment. A method with an integration is no error."""
    file = Path(__file__).with_name("corpus") / "terraform_first_apply.plan.json"
    plan = json.loads(file.read_text())
    for part in (plan["planned_values"], plan["configuration"]):
        resources = part["root_module"]["resources"]
        remaining = [
            resource for resource in resources if resource["type"] != "aws_api_gateway_integration"
        ]
        part["root_module"]["resources"] = remaining
    (tmp_path / "plan.json").write_text(json.dumps(plan))

    assert "integration-missing" in ids(lint_path(tmp_path / "plan.json"))
    assert "integration-missing" not in ids(lint_path(file))


def test_the_file_name_does_not_change_the_findings(tmp_path: Path) -> None:
    """It is part of the names of functions, which have no spaces."""
    file = write_variant(tmp_path).rename(tmp_path / "my (first) template.json")

    assert lint_path(file).findings == ()


@pytest.mark.parametrize("text", [None, "paths: ["])
def test_an_unreadable_definition_is_named(text: str | None, tmp_path: Path) -> None:
    """The other APIs are checked."""
    if text is not None:
        (tmp_path / "definition.yaml").write_text(text)
    imported = {"BodyS3Location": "definition.yaml"}
    other_api = {"Type": "AWS::ApiGateway::RestApi", "Properties": imported}

    result = lint_path(write_variant(tmp_path, Other=other_api, Api=integration(httpMethod="GET")))

    assert ids(result) == ["integration-http-method"]
    (note,) = result.notes
    assert "definition.yaml" in note
    assert note.endswith("its routes are not checked")


def test_the_methods_of_an_imported_api_are_checked(tmp_path: Path) -> None:
    """Only the methods: it has no stage, permission or deployment here."""
    change = method(
        RestApiId={"Fn::ImportValue": "api"},
        ResourceId={"Ref": "Resource"},
        Integration={
            "Type": "AWS_PROXY",
            "IntegrationHttpMethod": "GET",
            "Uri": {"Fn::Sub": f"arn:aws:apigateway:${{AWS::Region}}:lambda:path/{STREAM}"},
            "ResponseTransferMode": "STREAM",
            "TimeoutInMillis": 300000,
        },
    )
    parent = {"RestApiId": {"Fn::ImportValue": "api"}, "ParentId": {"Fn::ImportValue": "root"}}
    resource = {"Type": "AWS::ApiGateway::Resource", "Properties": {**parent, "PathPart": "chat"}}
    removed: dict[str, Any] = dict.fromkeys(["Api", "Stage", "Deployment20261122", "Permission"])

    result = lint_path(write_variant(tmp_path, **{**change, **removed, "Resource": resource}))

    assert [(finding.rule.id, str(finding.subject)) for finding in result.findings] == [
        ("integration-http-method", "route GET /.../chat")
    ]
    assert "another source declares the API" in " ".join(result.notes)


LOOP: Final = """\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Methods:
    - Name
    - [a, b]
    - Method${Name}:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !ImportValue api
          ResourceId: !ImportValue resource
          HttpMethod: GET
          Integration:
            Type: MOCK
            TimeoutInMillis: 10
"""


def test_a_finding_in_a_loop_has_the_line_of_the_fragment(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(LOOP)

    assert {
        (finding.rule.id, finding.location.logical_id, finding.location.line)
        for finding in lint_path(tmp_path / "t.yaml").findings
    } == {
        ("timeout-out-of-range", "Methoda", 14),
        ("timeout-out-of-range", "Methodb", 14),
    }
