"""Validation of arguments: errors for invalid ones, warnings as annotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, TypeVar, cast

from aws_cdk import Annotations, Token, Validations
from constructs import IConstruct

from streaming_construct.constructs.cdk.cloudformation_values import has_token
from streaming_construct.constructs.cdk.option_types import is_cdk_object
from streaming_construct.model.subject import Subject
from streaming_construct.rules.fix_languages.language import InputLanguage, translate_fixes
from streaming_construct.rules.rule import Finding, Rule, Severity
from streaming_construct.rules.suppression import CDK_WARNING_METADATA_TYPE
from streaming_construct.rules.synth.arguments import ARGUMENT_TYPE, UNRESOLVED_TOKEN


def raise_for_errors(construct: IConstruct, findings: Iterable[Finding], *, otherwise: str) -> None:
    """Raise a ValueError with every error among `findings`.

    `otherwise` is the end of the message, such as "nothing was created".

    Raises:
        ValueError: At least one of `findings` is an error.
    """
    errors = [finding for finding in findings if finding.rule.severity is Severity.ERROR]
    if errors:
        raise create_validation_error(construct.node.path, errors, f", {otherwise}")


def create_validation_error(
    name: str, errors: Sequence[Finding], otherwise: str = ""
) -> ValueError:
    """Return an error for the construct `name` that lists all `errors`."""
    problems = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    lines = "".join(f"\n  - {error}" for error in errors)
    return ValueError(f"{name}: {problems}{otherwise}{lines}")


def add_warnings(construct: IConstruct, findings: Iterable[Finding]) -> None:
    """Add each warning and information to `construct`; warnings can be acknowledged by rule id.

    CDK does not write acknowledgements into the assembly. Metadata next to the warning records its
    text and its subject, by which `lint` finds the acknowledged finding.
    """
    for finding in translate_fixes(InputLanguage.CDK, findings):
        annotation_id = f"streaming-construct:{finding.rule.id}"
        text = f"{finding.subject}: {finding.message}"
        if finding.rule.severity is Severity.WARNING:
            warning = {
                "id": finding.rule.id,
                "kind": finding.subject.kind,
                "name": finding.subject.name,
                "annotation": f"{text} [ack: {annotation_id}]",
            }
            construct.node.add_metadata(CDK_WARNING_METADATA_TYPE, warning, stack_trace=False)
            Annotations.of(construct).add_warning_v2(annotation_id, text)
        elif finding.rule.severity is Severity.INFO:
            Annotations.of(construct).add_info_v2(annotation_id, text)


class WarningAnnotator:
    """Annotates a construct with new warnings: one for each rule and subject."""

    def __init__(self, construct: IConstruct) -> None:
        self._construct = construct
        self._added: set[tuple[Rule, Subject]] = set()

    def add(self, findings: Iterable[Finding]) -> None:
        """Annotate each warning among `findings` that was not added before."""
        new = {
            (finding.rule, finding.subject): finding
            for finding in findings
            if (finding.rule, finding.subject) not in self._added
        }
        self._added |= new.keys()
        add_warnings(self._construct, new.values())


def check_argument_types(subject: Subject, **arguments: tuple[object, type]) -> Iterator[Finding]:
    """Yield a finding for each argument, by name, whose value is neither None nor of its type."""
    for name, (value, kind) in arguments.items():
        # A boolean is an integer of Python.
        is_boolean = kind is int and isinstance(value, bool)
        if value is not None and (is_boolean or not isinstance(value, kind)):
            yield ARGUMENT_TYPE.at(
                subject,
                f"{name} is {value!r}, not {_find_article(kind.__name__)} {kind.__name__}",
                fix=f"Pass {_EXAMPLES[kind.__name__]}.",
            )


def _find_article(name: str) -> str:
    return "an" if name[0] in "AEIOUaeiou" else "a"


def check_cdk_objects(
    subject: Subject, *, is_optional: bool = True, **arguments: tuple[object, str]
) -> Iterator[Finding]:
    """Yield a finding for each argument, by name, that is not an object of CDK.

    An optional one can be None. Each argument has the name of its interface, which Python cannot
    check.
    """
    for name, (value, interface) in arguments.items():
        is_absent = is_optional and value is None
        if not is_absent and not is_cdk_object(value):
            described = f"{_find_article(interface)} {interface}"
            yield ARGUMENT_TYPE.at(
                subject, f"{name} is {value!r}, not {described}", fix=f"Pass {described}."
            )


def check_cdk_lists(subject: Subject, **arguments: tuple[object, str]) -> Iterator[Finding]:
    """Yield a finding for each argument, by name, that is not a list of objects of CDK."""
    for name, (value, interface) in arguments.items():
        is_list = isinstance(value, list | tuple) and all(map(is_cdk_object, value))
        if not is_list:
            yield ARGUMENT_TYPE.at(
                subject,
                f"{name} is {value!r}, not a list of {interface}",
                fix=f"Pass a list of {interface}.",
            )


def check_tokens(subject: Subject, **arguments: object) -> Iterator[Finding]:
    """Yield a finding for each argument, by name, that is a token or has one in its list."""
    for name, value in arguments.items():
        if is_token(value) or (isinstance(value, list | tuple) and any(map(is_token, value))):
            yield UNRESOLVED_TOKEN.at(
                subject,
                f"{name} is a token",
                fix=f"Give a {_describe(value)} that is known at synth.",
            )


def is_token(value: object) -> bool:
    """Return whether a text or a number stands for a value that is unknown at synthesis.

    A text may be the only element of a list that is unknown.
    """
    if isinstance(value, str):
        return has_token(value) or value.startswith("#{Token[")
    # Numbers that stand for tokens are negative. Asking CDK costs a round trip to Node.js.
    return isinstance(value, int | float) and value < 0 and Token.is_unresolved(value)


def _describe(value: object) -> str:
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) else "list"


def check_numbers(subject: Subject, **arguments: object) -> Iterator[Finding]:
    """Yield a finding for each argument, by name, that is not a number, or is a token."""
    yield from check_tokens(subject, **arguments)
    for name, value in arguments.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield ARGUMENT_TYPE.at(
                subject, f"{name} is {value!r}, not a number", fix="Pass a number."
            )


def check_text_lists(subject: Subject, **arguments: tuple[object, str]) -> Iterator[Finding]:
    """Yield a finding for each argument, by name, that is neither None nor a list of texts.

    Each argument has an example of an element.
    """
    for name, (value, example) in arguments.items():
        if value is not None and not is_text_list(value):
            yield ARGUMENT_TYPE.at(
                subject, f"{name} is {value!r}, not a list of texts", fix=f"Pass [{example!r}]."
            )


def is_text_list(value: object) -> bool:
    """Return whether a value is a sequence or a set of texts."""
    if isinstance(value, str | bytes) or not isinstance(value, Sequence | AbstractSet):
        return False
    return all(isinstance(item, str) for item in value)


def list_texts(value: object) -> list[str]:
    """Return the elements of a list of texts, sorted for a set; none for another value.

    The order of a set differs from process to process, and with it the template.
    """
    if not is_text_list(value):
        return []
    texts = cast("Iterable[str]", value)
    return sorted(texts) if isinstance(texts, AbstractSet) else list(texts)


_Kind = TypeVar("_Kind")


def select_type(value: object, kind: type[_Kind]) -> _Kind | None:
    """Return `value` if it has the type, else None: `check_argument_types` reports it."""
    return value if isinstance(value, kind) else None


_EXAMPLES = {
    "AccessLog": "AccessLog(retention=RetentionDays.ONE_WEEK), or False for no access log",
    "AccessLogFormat": "AccessLogFormat.custom(...)",
    "ApiKeySourceType": "ApiKeySourceType.AUTHORIZER",
    "CorsOptions": "CorsOptions(allow_origins=[...])",
    "DomainNameOptions": "DomainNameOptions(domain_name='api.example.com', certificate=...)",
    "Duration": "Duration.minutes(5)",
    "EndpointAccessMode": "EndpointAccessMode.STRICT",
    "EndpointConfiguration": "EndpointConfiguration(types=[EndpointType.REGIONAL])",
    "PolicyDocument": "PolicyDocument(statements=[...]), or a ResourcePolicy",
    "QuotaSettings": "QuotaSettings(limit=1000, period=Period.DAY)",
    "RequestValidatorOptions": "RequestValidatorOptions(validate_request_body=True)",
    "ResponseType": "ResponseType.THROTTLED",
    "ResponseTransferMode": "ResponseTransferMode.STREAM",
    "SecretValue": "secret.secret_value",
    "SecurityPolicy": "SecurityPolicy.TLS13_1_3_2025_09",
    "StageOptions": "StageOptions(stage_name='v1')",
    "RemovalPolicy": "RemovalPolicy.DESTROY",
    "Mapping": "{'operation': RouteOptions(...)}",
    "bool": "True or False",
    "int": "a whole number",
    "dict": "{'GET /chat': ThrottleSettings(rate_limit=5, burst_limit=10)}",
    "str": "a text",
    "ThrottleSettings": "ThrottleSettings(rate_limit=5, burst_limit=10)",
}

_PREFIX: Final = "Annotation::streaming-construct:"


def is_error_acknowledged(rule: str, construct: IConstruct) -> bool:
    """Return whether `Validations` acknowledges a rule for a construct, or for one around it."""
    entries = (entry for scope in construct.node.scopes for entry in scope.node.metadata)
    return any(
        entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY
        and f"{_PREFIX}{rule}" in entry.data
        for entry in entries
    )
