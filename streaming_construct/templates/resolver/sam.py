"""Translate SAM resources to CloudFormation with AWS's translator.

AWS runs `aws-sam-translator` when it deploys such a template. So the result is that of a
deployment, errors included. The translator reads only the template and makes no network calls.
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

from streaming_construct.documents.errors import SourceError
from streaming_construct.model.declaration import IgnoredTransferMode
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.resolver.deferred_imports import defer_imports
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import Stack

try:
    with defer_imports():
        from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException
        from samtranslator.parser.parser import Parser
        from samtranslator.policy_template_processor.processor import PolicyTemplatesProcessor
        from samtranslator.translator.translator import Translator
except ModuleNotFoundError as error:
    raise SourceError(
        "reading a SAM template needs its translator: pip install 'streaming-construct[local,sam]'"
    ) from error

# The processor would validate its built-in policy templates at every start.
PolicyTemplatesProcessor._is_valid_templates_dict = (  # noqa: SLF001 - there is no option
    staticmethod(lambda *_: True)
)
# Its warnings are about its own metrics, and its errors repeat the exception that it raises.
logging.getLogger("samtranslator").setLevel(logging.CRITICAL)

_TYPES: Final = "AWS::Serverless::"
_IMPLICIT_API: Final = "ServerlessRestApi"
_API: Final = "AWS::Serverless::Api"
_FUNCTION: Final = "AWS::Serverless::Function"
_CODE: Final = frozenset({"CodeUri", "InlineCode", "ImageUri"})
_DEFINITIONS: Final = frozenset({"DefinitionBody", "DefinitionUri"})
_URIS: Final = ("CodeUri", "ContentUri", "DefinitionUri")


def translate_sam(
    stack: Stack, parameters: Mapping[str, object], resolve: Callable[[object], Any]
) -> Stack:
    """Translate a SAM template; files that it names by path become S3 keys of that name.

    `resolve` resolves what SAM leaves as it is.

    Raises:
        SourceError: SAM rejects the template; the message has all reasons of SAM.
    """
    template = _prepare_template(stack.template)
    # The translator asks nothing of a session but its region, else a profile of the machine's.
    session: Any = SimpleNamespace(region_name=stack.region)
    translator = Translator({}, Parser(), boto_session=session)
    resolved = {name: value for name, value in parameters.items() if isinstance(value, str)}
    try:
        result = translator.translate(
            copy.deepcopy(template), parameter_values=resolved, passthrough_metadata=True
        )
    except InvalidDocumentException as invalid:
        raise SourceError(_format_error(stack, invalid.causes, parameters)) from invalid
    except ExceptionWithMessage as invalid:
        raise SourceError(_format_error(stack, [invalid], parameters)) from invalid
    except (AttributeError, KeyError, TypeError, ValueError) as failed:
        message = (
            f"{stack.file}: SAM's translator fails on this template: {failed!r}. "
            "Correct the value that SAM does not expect. `sam validate` may name it"
        )
        raise SourceError(message) from failed
    ignored: dict[str, tuple[IgnoredTransferMode, ...]] = {}
    for api_id, event in _find_ignored_transfer_modes(stack, template, result, resolve):
        ignored[api_id] = (*ignored.get(api_id, ()), event)
    return replace(
        stack,
        template=result,
        ignored_transfer_modes=ignored,
        events=dict(_list_events(template)),
        pointers={**stack.pointers, **dict(_list_pointers(template, result))},
    )


def _format_error(stack: Stack, causes: Any, parameters: Mapping[str, object]) -> str:
    lines = [f"{stack.file}: SAM rejects the template", *(cause.message for cause in causes)]
    missing = [
        name
        for name, declared in as_mapping(stack.template.get("Parameters")).items()
        if "Default" not in as_mapping(declared) and name not in parameters
    ]
    if missing:
        options = " ".join(f"--parameter {name}=VALUE" for name in missing)
        lines.append(f"parameters without a value can be the cause. Pass {options}")
    return "\n  - ".join(lines)


def _prepare_template(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template with S3 keys of local files, and applications as nested stacks."""
    prepared = copy.deepcopy(dict(template))
    shared = as_mapping(as_mapping(prepared.get("Globals")).get("Function"))
    for section in as_mapping(prepared.get("Globals")).values():
        _add_s3_keys(section)
    for resource in as_mapping(prepared.get("Resources")).values():
        properties = as_mapping(resource).get("Properties")
        _add_s3_keys(properties)
        if not isinstance(properties, dict):
            continue
        if resource.get("Type") == "AWS::Serverless::Application":
            # The translator would look an application of the public repository up.
            resource["Type"] = "AWS::CloudFormation::Stack"
            properties["TemplateURL"] = properties.pop("Location", None)
        elif "Image" in (properties.get("PackageType"), shared.get("PackageType")):
            properties.setdefault("ImageUri", "built-by-sam")
        elif resource.get("Type") == _FUNCTION and not _CODE & {*properties, *shared}:
            # As SAM's command line does: the folder of the template.
            properties["CodeUri"] = {"Bucket": "local", "Key": "."}
    return prepared


def _add_s3_keys(properties: object) -> None:
    if isinstance(properties, dict):
        for name in _URIS:
            uri = properties.get(name)
            if isinstance(uri, str) and not uri.startswith("s3://"):
                properties[name] = {"Bucket": "local", "Key": uri}


def _has_generated_routes(template: Mapping[str, Any], api_id: object) -> bool:
    """Return whether SAM writes routes of events into an API; its own definition precludes that."""
    api = as_mapping(as_mapping(template["Resources"]).get(str(api_id)))
    properties = as_mapping(api.get("Properties"))
    if properties.get("MergeDefinitions") or api_id == _IMPLICIT_API:
        return True
    return api.get("Type") == _API and not _DEFINITIONS & properties.keys()


def _find_ignored_transfer_modes(
    stack: Stack,
    template: Mapping[str, Any],
    result: Mapping[str, Any],
    resolve: Callable[[object], Any],
) -> Iterator[tuple[str, IgnoredTransferMode]]:
    """Yield each event whose transfer mode SAM silently takes for buffered, after its API's id.

    SAM compares the mode as it is written, so that a function never is `RESPONSE_STREAM`.
    """
    for logical_id, resource in template["Resources"].items():
        events = as_mapping(resource.get("Properties")).get("Events")
        for name, event in as_mapping(events).items():
            properties = as_mapping(as_mapping(event).get("Properties"))
            mode = properties.get("ResponseTransferMode")
            if resolve(mode) in (None, "BUFFERED") or as_mapping(event).get("Type") != "Api":
                continue
            declared = properties.get("RestApiId", _IMPLICIT_API)
            api_id = as_mapping(declared).get("Ref", declared)
            integration = _find_integration(result, api_id, properties)
            if integration and integration.get("responseTransferMode") != "STREAM":
                pointer = ("Resources", logical_id, "Properties", "Events", name)
                yield (
                    api_id,
                    IgnoredTransferMode(
                        event=f"{logical_id}, event {name}",
                        value=json.dumps(mode) if isinstance(mode, Mapping) else str(mode),
                        is_function=isinstance(mode, Mapping),
                        intended_value="RESPONSE_STREAM",
                        is_defined_by_api=not _has_generated_routes(template, api_id),
                        origin=SourceLocation(
                            logical_id=logical_id,
                            file=str(stack.file),
                            json_pointer=(*pointer, "Properties", "ResponseTransferMode"),
                        ),
                    ),
                )


def _list_events(
    template: Mapping[str, Any],
) -> Iterator[tuple[tuple[str, str, str], tuple[str, ...]]]:
    """Yield API, method and path of each event, and where it is written."""
    for logical_id, resource in template["Resources"].items():
        events = as_mapping(as_mapping(resource.get("Properties")).get("Events"))
        for name, event in events.items():
            properties = as_mapping(as_mapping(event).get("Properties"))
            declared = properties.get("RestApiId", _IMPLICIT_API)
            api_id = str(as_mapping(declared).get("Ref", declared))
            method = str(properties.get("Method", "")).upper().replace("*", "ANY")
            route = (api_id, method, str(properties.get("Path")))
            if _has_generated_routes(template, api_id):
                yield route, ("Resources", logical_id, "Properties", "Events", name)


def _list_pointers(
    template: Mapping[str, Any], result: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each resource that SAM created, and the JSON pointer of its source.

    The logical id begins with that of the SAM resource. The resources of the implicit API are
    from the settings of all APIs, or else from the first event of an API.
    """
    written = as_mapping(template.get("Resources"))
    generated = [
        name for name, resource in written.items() if str(resource.get("Type")).startswith(_TYPES)
    ]
    implicit = next((pointer for _, pointer in _list_events(template)), None)
    if "Api" in as_mapping(template.get("Globals")):
        implicit = ("Globals", "Api")
    for logical_id in as_mapping(result.get("Resources")).keys() - written.keys():
        origins = [name for name in generated if logical_id.startswith(name)]
        if logical_id.startswith(_IMPLICIT_API) and implicit is not None:
            yield logical_id, implicit
        elif origins:
            yield logical_id, ("Resources", max(origins, key=len))


def _find_integration(
    result: Mapping[str, Any], api_id: object, event: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the integration of an event in the template that SAM wrote; empty without one."""
    api = as_mapping(result["Resources"].get(api_id)) if isinstance(api_id, str) else {}
    paths = as_mapping(as_mapping(as_mapping(api.get("Properties")).get("Body")).get("paths"))
    method = str(event.get("Method", "")).lower()
    key = "x-amazon-apigateway-any-method" if method in {"any", "*"} else method
    operation = as_mapping(as_mapping(paths.get(str(event.get("Path")))).get(key))
    return as_mapping(operation.get("x-amazon-apigateway-integration"))
