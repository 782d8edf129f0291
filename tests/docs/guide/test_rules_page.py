"""`docs/rules.md` is generated from the rules, and is up to date."""

from __future__ import annotations

from typing import Any

from tests.docs.examples import list_examples, run_example
from tools.rules_page import EXAMPLES, PAGE, rules_page


def test_the_page_is_up_to_date() -> None:
    """If this fails, run `make generated-docs`."""
    assert PAGE.read_text() == rules_page()


def test_the_acknowledgement_on_the_page_works() -> None:
    """It names the id of the rule and a reason."""
    scope: dict[str, Any] = {}
    exec((EXAMPLES / "base.synth.py").read_text(), scope)
    scope["api"] = scope["StreamingRestApi"](
        scope["stack"],
        "Api",
        handler=scope["chat"],
        endpoint_configuration=scope["EndpointConfiguration"](types=[scope["EndpointType"].EDGE]),
    )
    assert "[ack: streaming-construct:edge-idle-timeout]" in warnings_of(scope["api"])

    run_example(next(e for e in list_examples("rules") if "acknowledge_warning" in e.parsed), scope)

    assert warnings_of(scope["api"]) == ""


def warnings_of(construct: Any) -> str:
    """Return the warnings of a construct."""
    metadata = construct.node.metadata
    return "".join(str(entry.data) for entry in metadata if entry.type == "aws:cdk:warning")
