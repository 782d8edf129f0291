"""Small templates that would expand to billions of characters or calls end at a limit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.resolver import for_each as for_each_module
from streaming_construct.templates.resolver import resolver as resolver_module
from streaming_construct.templates.resolver.for_each import expand_for_each
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.resolver.stack_resolvers import create_resolvers
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved


def nest(levels: int, wrap: Any) -> Any:
    value: Any = "x" * 8
    for _ in range(levels):
        value = wrap(value)
    return value


def chain(links: int, name: Any) -> dict[str, Any]:
    """Return roles whose names each refer to the next role."""
    return {
        f"R{n}": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name(f"R{n + 1}")}}
        for n in range(links)
    } | {f"R{links}": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}}}


def resolver(**template: Any) -> Resolver:
    (result,) = create_resolvers([Stack(names=("S",), file=Path("s.json"), template=template)])
    return result


BOMBS = {
    "Sub": nest(60, lambda value: {"Fn::Sub": ["${a}" * 10, {"a": value}]}),
    "Sub of a long parameter": {"Fn::Sub": "${Long}" * 1000},
    "Join": {"Fn::Join": ["", [{"Ref": "Long"}] * 1000]},
    "Join by a long text": {"Fn::Join": [{"Ref": "Long"}, ["a"] * 1000]},
    "ToJsonString": nest(80, lambda value: {"Fn::ToJsonString": {"": value}}),
    "Base64": nest(80, lambda value: {"Fn::Base64": value}),
    "names by Sub": {"Ref": "R0"},
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_value_that_expands_is_unresolved(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason names the function and the limit."""
    monkeypatch.setattr(resolver_module, "_MAX_CHARACTERS", 100_000)
    bounded = resolver(
        Transform="AWS::LanguageExtensions",
        Parameters={"Long": {"Type": "String", "Default": "y" * 1000}},
        Resources=chain(200, lambda following: {"Fn::Sub": f"${{{following}}}" * 2}),
    )
    value = bounded.resolve(BOMBS[name])

    assert isinstance(value, Unresolved)
    assert re.search(r"has more than [\d,]+ characters|chain of too many references", str(value))
    assert len(str(value)) < 2000


@pytest.mark.parametrize(
    "name",
    [
        lambda following: {
            "Fn::Join": ["", [{"Ref": following}, {"Fn::Sub": f"${{{following}}}"}]]
        },
        lambda following: {"Fn::Select": [0, [{"Ref": following}, {"Ref": following}]]},
        lambda following: {"Fn::If": [following, {"Ref": following}, {"Ref": following}]},
    ],
)
def test_each_reference_is_resolved_once(name: Any) -> None:
    """A chain of 200 values with two references each needs 400 calls, not 2 to the power of 200."""
    conditions = {
        f"R{n}": {"Fn::Or": [{"Condition": f"R{n + 1}"}, {"Condition": f"R{n + 1}"}]}
        for n in range(200)
    }
    value = resolver(
        Resources=chain(200, name), Conditions=conditions | {"R200": {"Fn::Equals": ["a", "a"]}}
    ).resolve({"Ref": "R0"})

    assert value == "x" or isinstance(value, Unresolved)


@pytest.mark.parametrize(
    "loop",
    [
        ["X", ["1"] * 3, {"${X}": {"a": "${X}" * 50_000}}],
        ["X", ["y" * 1_000], {"&{X}": "${X}" * 500}],
        ["X", list(map(str, range(100))), {"${X}": {"b": [0] * 3000}}],
        nest(
            9, lambda inner: ["X", list("abcdefghij") * 2, {"Fn::ForEach::L": inner, "${X}": "x"}]
        ),
    ],
    ids=["text", "item", "values", "nested loops"],
)
def test_loops_produce_at_most_a_template(loop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that produces more characters than the limit is an error."""
    monkeypatch.setattr(for_each_module, "_MAX_CHARACTERS", 100_000)
    with pytest.raises(SourceError, match=r"Fn::ForEach produces more than 100,000 characters\."):
        expand_for_each({"Resources": {"Fn::ForEach::All": loop}}, lambda value: value)
