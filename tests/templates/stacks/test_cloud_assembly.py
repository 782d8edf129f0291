"""The input from a cloud assembly or a template file, and its errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.loader import load_templates
from streaming_construct.templates.stacks.unresolved import Unresolved

TEMPLATE = {"Resources": {"Fn": {"Type": "AWS::Lambda::Function"}}}


def write(folder: Path, **files: Any) -> Path:
    """Write JSON files. `__` in a name stands for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(json.dumps(content))
    return folder


def stack(file: str, **members: Any) -> dict[str, Any]:
    return {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": file, **members.pop("properties", {})},
        **members,
    }


def asset(path: str, key: str) -> dict[str, Any]:
    return {
        "source": {"path": path, "packaging": "zip"},
        "destinations": {"here": {"bucketName": "b", "objectKey": key}},
    }


def test_every_stack_is_read_with_its_names_and_environment(tmp_path: Path) -> None:
    """A stack has a display name, a stack name and an artifact id."""
    write(
        tmp_path,
        manifest__json={
            "artifacts": {
                "Art": stack(
                    "t.json",
                    displayName="Stage/Chat",
                    environment="aws://111122223333/eu-west-1",
                    properties={"stackName": "chat-prod"},
                ),
                "Tree": {"type": "cdk:tree"},
            }
        },
        t__json=TEMPLATE,
    )
    (read,) = load_templates(tmp_path)

    assert read.names == ("Stage/Chat", "chat-prod", "Art")
    assert (read.account, read.region) == ("111122223333", "eu-west-1")
    assert read.template == TEMPLATE


def test_an_unknown_environment_becomes_the_default(tmp_path: Path) -> None:
    """The account and the Region are generated."""
    write(
        tmp_path,
        manifest__json={
            "artifacts": {"A": stack("t.json", environment="aws://unknown-account/unknown-region")}
        },
        t__json=TEMPLATE,
    )
    (read,) = load_templates(tmp_path)

    assert (read.account, read.region) == ("123456789012", "us-east-1")


def test_stacks_of_nested_assemblies_are_read_with_assets_of_the_outer_one(tmp_path: Path) -> None:
    """A CDK stage is an assembly inside the assembly, and shares its assets."""
    write(
        tmp_path,
        manifest__json={
            "artifacts": {
                "assembly-Prod": {
                    "type": "cdk:cloud-assembly",
                    "properties": {"directoryName": "assembly-Prod"},
                }
            }
        },
    )
    write(
        tmp_path / "assembly-Prod",
        manifest__json={"artifacts": {"Prod": stack("p.json")}},
        p__json=TEMPLATE,
        Prod__assets__json={"files": {"x": asset("../asset.x", "x.zip")}},
    )
    (tmp_path / "asset.x").mkdir()
    (read,) = load_templates(tmp_path)
    asset_file = read.assets["x.zip"]

    assert isinstance(asset_file, Path)
    assert asset_file.resolve() == tmp_path / "asset.x"


def test_construct_paths_come_from_the_metadata_beside_the_manifest(tmp_path: Path) -> None:
    """Logical ids have the path of their construct."""
    write(
        tmp_path,
        manifest__json={"artifacts": {"A": stack("t.json", additionalMetadataFile="A.meta.json")}},
        t__json=TEMPLATE,
        A__meta__json={"/A/Chat/Resource": [{"type": "aws:cdk:logicalId", "data": "Fn"}]},
    )

    assert load_templates(tmp_path)[0].construct_paths == {"A/Chat/Resource": "Fn"}


@pytest.mark.parametrize("path", ["../outside", "/etc", "link"])
def test_an_asset_outside_of_the_assembly_is_never_read(tmp_path: Path, path: str) -> None:
    """Neither a relative path, nor an absolute path, nor a link."""
    folder = tmp_path / "cdk.out"
    write(
        folder,
        manifest__json={"artifacts": {"A": stack("t.json")}},
        t__json=TEMPLATE,
        A__assets__json={"files": {"x": asset(path, "x.zip")}},
    )
    (tmp_path / "outside").mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    asset_file = load_templates(folder)[0].assets["x.zip"]

    assert isinstance(asset_file, Unresolved)
    assert "out of the assembly" in asset_file.reason


def test_a_template_outside_of_the_assembly_is_an_error(tmp_path: Path) -> None:
    """The same paths are tested."""
    write(tmp_path, secret__json=TEMPLATE)
    write(tmp_path / "cdk.out", manifest__json={"artifacts": {"A": stack("../secret.json")}})

    with pytest.raises(SourceError, match="out of the assembly"):
        load_templates(tmp_path / "cdk.out")


def test_a_template_inside_an_assembly_keeps_its_assets(tmp_path: Path) -> None:
    """Its path selects this stack alone, assets included."""
    write(
        tmp_path,
        manifest__json={"artifacts": {"A": stack("a.json"), "B": stack("b.json")}},
        a__json=TEMPLATE,
        b__json=TEMPLATE,
        B__assets__json={"files": {"x": asset("asset.x", "x.zip")}},
    )
    (tmp_path / "asset.x").mkdir()
    (read,) = load_templates(tmp_path / "b.json")

    assert read.name == "B"
    assert list(read.assets) == ["x.zip"]


def test_yaml_short_forms_are_read_as_long_forms(tmp_path: Path) -> None:
    """`!Ref`, `!GetAtt` and the others become JSON's forms. Dates stay strings."""
    file = tmp_path / "api.yaml"
    file.write_text(
        """
Conditions:
  Live: !Not [!Equals [!Ref Env, test]]
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Condition: Live
    Properties:
      Version: 2012-10-17
      Role: !GetAtt Role.Arn
      Name: !Sub "${AWS::Region}-x"
      Both: !And [!Condition Live, !Condition Live]
      Layer: !Join [":", [a, !Select [0, !GetAZs ""]]]
      Map: !Sub ["${A}", {A: !Ref B}]
"""
    )
    (read,) = load_templates(file)
    properties = read.template["Resources"]["Fn"]["Properties"]

    assert read.name == "api"
    assert read.template["Conditions"]["Live"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "Env"}, "test"]}]
    }
    assert properties == {
        "Version": "2012-10-17",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Name": {"Fn::Sub": "${AWS::Region}-x"},
        "Both": {"Fn::And": [{"Condition": "Live"}, {"Condition": "Live"}]},
        "Layer": {"Fn::Join": [":", ["a", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}]]},
        "Map": {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]},
    }


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", "{", "cannot be read as JSON"),
        ("t.json", "[]", "not a JSON object"),
        ("t.json", "{}", "no CloudFormation or SAM template"),
        ("t.json", '{"Resources": {"A": 1}}', "resource A is not an object"),
        ("t.yaml", "a: [", "cannot be read as YAML"),
        ("t.yaml", "- a", "not a YAML mapping"),
        ("t.yaml", "!!python/object/apply:os.getcwd []", "cannot be read as YAML"),
    ],
)
def test_another_file_is_an_error(tmp_path: Path, name: str, content: str, message: str) -> None:
    """The error names the file and the problem."""
    (tmp_path / name).write_text(content)

    with pytest.raises(SourceError, match=message):
        load_templates(tmp_path / name)
