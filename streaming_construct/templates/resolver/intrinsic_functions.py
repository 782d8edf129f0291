"""CloudFormation's intrinsic functions, resolved without CloudFormation.

Pure: templates in, plain values out. A value that cannot be known becomes an `Unresolved` in its
place, so that whatever does not hang on it is read all the same.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from streaming_construct.templates.resolver.include import included
from streaming_construct.templates.resolver.nested_stacks import NESTED
from streaming_construct.templates.resolver.physical_ids import (
    KINDS,
    UNKNOWN_KIND,
    function_name,
    placeholder_id,
)
from streaming_construct.templates.resolver.transforms import LANGUAGE_EXTENSIONS, transforms
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved, unresolved_reasons

_NO_VALUE: Final = object()
# Bounds of text that functions write: for one property of a resource, which CloudFormation limits
# to the 1 MB of a template, and for one name, output or attribute.
_MAX_CHARACTERS: Final = 4_000_000
_MAX_REFERENCE_CHARACTERS: Final = 100_000
_MAX_QUOTED: Final = 200
_SUBSTITUTION: Final = re.compile(r"\$\{(!?)([^}]+)\}")
_PARTITIONS: Final = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
}


class StackReferences(Protocol):
    """The references that a stack can make to other stacks; a value may be `Unresolved`."""

    def export(self, name: str) -> object:
        """Return the value of `Fn::ImportValue`."""

    def output(self, stack: str, name: str) -> object:
        """Return the value of `Fn::GetStackOutput`."""

    def nested_output(self, parent: Stack, logical_id: str, name: str) -> object:
        """Return the value of `Fn::GetAtt` for the output of a nested stack."""


class Resolver:
    """Resolves the values of one stack; `neighbours` resolves its references to other stacks.

    `parameters` override the defaults of the template's parameters. A stack without neighbours
    finds nothing beyond itself.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        parameters: Mapping[str, object] | None = None,
        neighbours: StackReferences | None = None,
    ) -> None:
        self.stack = stack
        self._given = parameters or {}
        self._neighbours = neighbours
        self._extended = LANGUAGE_EXTENSIONS in transforms(stack.template)
        self._in_progress: set[str] = set()
        self._characters = 0
        self._cache: dict[tuple[str, ...], Any] = {}
        partition, suffix = next(
            (found for prefix, found in _PARTITIONS.items() if stack.region.startswith(prefix)),
            ("aws", "amazonaws.com"),
        )
        stack_id = placeholder_id(stack.name)
        self._pseudo: dict[str, object] = {
            "AWS::AccountId": stack.account,
            "AWS::NoValue": _NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": partition,
            "AWS::Region": stack.region,
            "AWS::StackId": f"arn:{partition}:cloudformation:{stack.region}:{stack.account}"
            f":stack/{stack.name}/{stack_id}",
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": suffix,
        }

    def resources(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield logical id and resource of one type, without those whose condition is false."""
        for logical_id, resource in self.section("Resources").items():
            if as_mapping(resource).get("Type") == kind and self._without_no_value(resource):
                yield logical_id, resource

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section of the template, as written; an empty one where there is none."""
        return as_mapping(self.stack.template.get(name))

    def properties(self, resource: Mapping[str, Any]) -> Mapping[str, Any]:
        """Resolve the properties of a resource."""
        resolved = self.resolve(resource.get("Properties", {}))
        return resolved if isinstance(resolved, Mapping) else {}

    def exports(self) -> Iterator[tuple[object, str]]:
        """Yield the export name and the name of every exported output."""
        for name, output in self.section("Outputs").items():
            export = as_mapping(as_mapping(output).get("Export"))
            if "Name" not in export or not self._without_no_value(output):
                continue
            with self._detect_cycle(f"the export of {name}") as free:
                export_name = self.resolve(export["Name"]) if free else None
            yield export_name, name

    def output(self, name: str) -> object:
        """Resolve an output of the stack."""
        result: object = self._cached(("output", name), lambda: self._output_value(name))
        return result

    def _output_value(self, name: str) -> object:
        declared = as_mapping(self.section("Outputs").get(name))
        if "Value" not in declared or not self._without_no_value(declared):
            return Unresolved(f"stack {self.stack.name} has no output {name}")
        with self._detect_cycle(f"output {name}") as free:
            if not free:
                return Unresolved(f"output {name} of stack {self.stack.name} refers to itself")
            return self.resolve(declared["Value"])

    def clear_cache(self) -> None:
        """Forget resolved references; call it when the other stacks are complete."""
        self._cache.clear()

    def resolve(self, value: object) -> Any:
        """Resolve a value of the template, through lists and mappings."""
        if not self._in_progress:
            self._characters = 0
        return self._resolve(value)

    def _resolve(self, value: object) -> Any:
        if isinstance(value, str):
            if "{{resolve:" in value:
                return Unresolved(f"{value} is looked up by CloudFormation alone")
            return value
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self._call(name, argument)
            if name == "Condition" and isinstance(argument, str):
                return self._condition(argument)
            if name.startswith("Fn::"):
                return self._call(name, argument)
        if "Fn::Transform" in value:
            return self._transform(value["Fn::Transform"])
        resolved = {key: self._resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    def _call(self, name: str, argument: Any) -> Any:
        try:
            if name in _EXTENSIONS and not self._extended:
                return Unresolved(f"{name} needs Transform: {LANGUAGE_EXTENSIONS}")
            if name in _LAZY:
                return _LAZY[name](self, argument)
            if name not in _EAGER:
                return Unresolved(f"{name} is not understood")
            resolved = self._resolve(argument)
            missing = next(unresolved_reasons(resolved), None)
            if missing is not None:
                return Unresolved(missing)
            if name == "Fn::Join":
                self._count(sum(len(to_string(item)) + len(resolved[0]) for item in resolved[1]))
            return self._counted(_EAGER[name](resolved))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            quoted = repr(argument)
            quoted = f"{quoted[:_MAX_QUOTED]}..." if len(quoted) > _MAX_QUOTED else quoted
            return Unresolved(f"{name} of {quoted} makes no sense: {error}")

    def _counted(self, result: Any) -> Any:
        if isinstance(result, str):
            self._count(len(result))
        return result

    def _count(self, characters: int) -> None:
        """Count what a function is about to write."""
        self._characters += characters
        if self._characters > _MAX_CHARACTERS:
            raise ValueError(f"the value has more than {_MAX_CHARACTERS:,} characters")

    def _cached(self, key: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        """Resolve a reference once, however often the template repeats it."""
        if key not in self._cache:
            name = ".".join(key[1:])
            try:
                value = compute()
            except RecursionError:
                value = Unresolved(f"{name} is the end of a chain of too many references")
            if isinstance(value, str) and len(value) > _MAX_REFERENCE_CHARACTERS:
                most = f"{_MAX_REFERENCE_CHARACTERS:,}"
                value = Unresolved(f"{name} has more than {most} characters")
            self._cache[key] = value
        return self._cache[key]

    def ref(self, name: str) -> Any:
        """Return the value of `Ref` to a pseudo-parameter, a parameter or a resource."""
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.section("Parameters"):
            return self._parameter(name)
        return self._attribute(name, None)

    def _parameter(self, name: str) -> object:
        declared = as_mapping(self.section("Parameters")[name])
        kind = str(declared.get("Type", "String"))
        if name in self._given:
            given = self._given[name]
            if isinstance(given, Unresolved):
                return Unresolved(f"parameter {name}: {given}")
            value = ",".join(map(to_string, given)) if isinstance(given, list) else to_string(given)
        elif kind.startswith("AWS::SSM::Parameter::Value"):
            return Unresolved(
                f"parameter {name} is read from the SSM parameter store"
                f" ({declared.get('Default')}): give it a value"
            )
        elif "Default" in declared:
            value = to_string(declared["Default"])
        else:
            return Unresolved(f"parameter {name} has no default: give it a value")
        if kind == "CommaDelimitedList" or "List<" in kind:
            return [item.strip() for item in value.split(",")]
        return value

    def _attribute(self, logical_id: str, attribute: str | None) -> object:
        key = ("resource", logical_id, *([] if attribute is None else [attribute]))
        return self._cached(key, lambda: self._resource_value(logical_id, attribute))

    def _resource_value(self, logical_id: str, attribute: str | None) -> object:
        resource = as_mapping(self.section("Resources").get(logical_id))
        asked = logical_id if attribute is None else f"{logical_id}.{attribute}"
        if not resource:
            return Unresolved(f"{asked}: {self.stack.file.name} has no {logical_id}")
        if resource.get("Type") == NESTED and attribute and attribute.startswith("Outputs."):
            return self._nested_output(logical_id, attribute.removeprefix("Outputs."))
        kind = KINDS.get(str(resource.get("Type")), UNKNOWN_KIND)
        pattern = kind.ref if attribute is None else kind.attributes.get(attribute)
        physical_id = self.stack.physical_ids.get(logical_id)
        if physical_id is not None and pattern == kind.ref:
            return physical_id
        if pattern is None:
            return Unresolved(f"{asked} is known only once {resource.get('Type')} is deployed")
        with self._detect_cycle(asked) as free:
            if not free:
                return Unresolved(f"{asked} refers to itself")
            return self._expand_pattern(pattern, logical_id, resource, kind.name_property)

    def _expand_pattern(
        self,
        pattern: str,
        logical_id: str,
        resource: Mapping[str, Any],
        name_property: str | None,
    ) -> object:
        """Fill a pattern of `physical_names` in, resolving only the properties that it names."""
        properties = as_mapping(resource.get("Properties"))
        physical_id = self.stack.physical_ids.get(logical_id)
        known: dict[str, object] = {
            "id": physical_id or placeholder_id(self.stack.name, logical_id),
            "partition": self._pseudo["AWS::Partition"],
            "region": self.stack.region,
            "account": self.stack.account,
            "name": physical_id or f"{self.stack.name.replace('/', '-')}-{logical_id}",
        }
        for field in re.findall(r"\{(\w+)\}", pattern):
            source = name_property if field == "name" else field
            if source is None or source not in properties:
                continue
            value = self._resolve(properties[source])
            if isinstance(value, Unresolved):
                return Unresolved(f"{logical_id}: {value}")
            known[field] = (
                function_name(to_string(value)) if field == "FunctionName" else to_string(value)
            )
        return pattern.format_map(known)

    def _get_att(self, argument: Any) -> object:
        logical_id, attribute = (
            argument.split(".", 1) if isinstance(argument, str) else map(self._resolve, argument)
        )
        return self._attribute(str(logical_id), str(attribute))

    def _sub(self, argument: Any) -> object:
        template, given = (argument, {}) if isinstance(argument, str) else argument
        missing: list[Unresolved] = []
        resolved: dict[str, Any] = {}

        def substitute(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name not in resolved:
                if name in given:
                    resolved[name] = self._resolve(given[name])
                else:
                    resolved[name] = self._get_att(name) if "." in name else self.ref(name)
            value = resolved[name]
            self._count(0 if isinstance(value, Unresolved) else len(to_string(value)))
            if isinstance(value, Unresolved):
                missing.append(value)
                return ""
            return "" if value is _NO_VALUE else to_string(value)

        result = _SUBSTITUTION.sub(substitute, template)
        return missing[0] if missing else self._resolve(result)

    def _if(self, argument: Any) -> Any:
        name, then, otherwise = argument
        chosen = self._condition(name)
        if isinstance(chosen, Unresolved):
            return chosen
        return self._resolve(then if chosen else otherwise)

    def _ref(self, argument: Any) -> Any:
        name = self._resolve(argument)
        return name if isinstance(name, Unresolved) else self.ref(to_string(name))

    def _transform(self, argument: Any) -> Unresolved:
        """Say why a file was not included: what could be was, before anything is resolved."""
        content = included(argument, self.stack, self._resolve)
        if isinstance(content, Unresolved):
            return content
        return Unresolved("AWS::Include in an included file is not read")

    def _get_stack_output(self, argument: Any) -> object:
        stack, name = self._resolve(argument["StackName"]), self._resolve(argument["OutputName"])
        for part in (stack, name):
            if isinstance(part, Unresolved):
                return part
        if self._neighbours is None:
            return Unresolved(f"Fn::GetStackOutput: there is no stack {stack}")
        return self._neighbours.output(to_string(stack), to_string(name))

    def _nested_output(self, logical_id: str, name: str) -> object:
        if self._neighbours is None:
            return Unresolved(f"{logical_id}.Outputs.{name}: the nested stack is not known")
        return self._neighbours.nested_output(self.stack, logical_id, name)

    def _find_in_map(self, argument: Any) -> object:
        keys = [self._resolve(key) for key in argument[:3]]
        for key in keys:
            if isinstance(key, Unresolved):
                return key
        found: Any = self.section("Mappings")
        for key in map(to_string, keys):
            if not isinstance(found, Mapping) or key not in found:
                if len(argument) > 3 and "DefaultValue" in argument[3]:
                    return self._resolve(argument[3]["DefaultValue"])
                return Unresolved(f"Fn::FindInMap: no {'.'.join(map(to_string, keys))} in Mappings")
            found = found[key]
        return found

    def _import_value(self, argument: Any) -> object:
        name = self._resolve(argument)
        if isinstance(name, Unresolved):
            return name
        if self._neighbours is None:
            return Unresolved(f"Fn::ImportValue: nothing exports {name}")
        return self._neighbours.export(to_string(name))

    def _condition(self, name: str) -> bool | Unresolved:
        result: bool | Unresolved = self._cached(
            ("condition", name), lambda: self._condition_value(name)
        )
        return result

    def _condition_value(self, name: str) -> bool | Unresolved:
        conditions = self.section("Conditions")
        if name not in conditions:
            return Unresolved(f"condition {name} is not in {self.stack.file.name}")
        with self._detect_cycle(f"condition {name}") as free:
            if not free:
                return Unresolved(f"condition {name} refers to itself")
            value = self._resolve(conditions[name])
        return value if isinstance(value, Unresolved) else bool(value)

    def _without_no_value(self, part: Mapping[str, Any]) -> bool:
        # A condition that cannot be known leaves the part in: what it lacks is then named.
        return "Condition" not in part or self._condition(to_string(part["Condition"])) is not False

    @contextmanager
    def _detect_cycle(self, name: str) -> Iterator[bool]:
        if name in self._in_progress:
            yield False
            return
        self._in_progress.add(name)
        try:
            yield True
        finally:
            self._in_progress.discard(name)


def to_string(value: object) -> str:
    """Write a scalar as CloudFormation does where a string is expected."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _all(values: Sequence[object]) -> bool:
    return all(bool(value) for value in values)


def _any(values: Sequence[object]) -> bool:
    return any(bool(value) for value in values)


def _select(argument: Sequence[Any]) -> object:
    index, values = int(argument[0]), argument[1]
    if not 0 <= index < len(values):
        raise IndexError(f"there is no item {index} among {len(values)}")
    return values[index]


_LAZY: Final[Mapping[str, Callable[[Resolver, Any], Any]]] = {
    "Fn::FindInMap": Resolver._find_in_map,  # noqa: SLF001 - the table of this file's own class
    "Fn::GetAtt": Resolver._get_att,  # noqa: SLF001
    "Fn::GetStackOutput": Resolver._get_stack_output,  # noqa: SLF001
    "Fn::If": Resolver._if,  # noqa: SLF001
    "Fn::ImportValue": Resolver._import_value,  # noqa: SLF001
    "Fn::Sub": Resolver._sub,  # noqa: SLF001
    "Fn::Transform": Resolver._transform,  # noqa: SLF001
    "Ref": Resolver._ref,  # noqa: SLF001
}
"""Functions that must see their argument as written."""

_EAGER: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Fn::And": _all,
    "Fn::Base64": lambda value: base64.b64encode(value.encode()).decode(),
    "Fn::Equals": lambda pair: to_string(pair[0]) == to_string(pair[1]),
    "Fn::Join": lambda argument: argument[0].join(map(to_string, argument[1])),
    "Fn::Length": len,
    "Fn::Not": lambda values: not values[0],
    "Fn::Or": _any,
    "Fn::Select": _select,
    "Fn::Split": lambda argument: argument[1].split(argument[0]),
    "Fn::ToJsonString": lambda value: json.dumps(value, separators=(",", ":")),
}
"""Functions of their resolved argument alone."""


_EXTENSIONS: Final = frozenset({"Fn::Length", "Fn::ToJsonString"})
"""Functions that a template must ask for by a transform."""
