"""The calls between the doctor and AWS: recorded, denied, or with a response of the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from botocore.validate import validate_parameters

Call = tuple[str, str]


@dataclass
class Wire:
    """Receives every call. `calls` has the calls so far.

    A call is `("apigateway", "GetStages")`, written as botocore does. `responses` stand in for what
    no server offers and have the shape that botocore knows of it; `errors` are codes and messages;
    `interrupted` is the call during which the user presses Ctrl-C.
    """

    calls: list[Call] = field(default_factory=list)
    responses: dict[Call, Mapping[str, Any]] = field(default_factory=dict)
    errors: dict[Call, tuple[str, str]] = field(default_factory=dict)
    interrupted: Call | None = None

    def deny(self, service: str, operation: str) -> None:
        """Deny a call, as a policy without its action does."""
        message = (
            "User: arn:aws:iam::000000000000:user/doctor is not authorized to perform: "
            f"{service}:{operation} because no identity-based policy allows it"
        )
        self.errors[service, operation] = ("AccessDeniedException", message)

    def before_call(self, model: Any, **_: object) -> tuple[Any, Mapping[str, Any]] | None:
        call = (str(model.service_model.service_name), str(model.name))
        self.calls.append(call)
        if call == self.interrupted:
            raise KeyboardInterrupt
        if call in self.errors:
            code, message = self.errors[call]
            return SimpleNamespace(status_code=403), {"Error": {"Code": code, "Message": message}}
        if call in self.responses:
            validate_parameters(self.responses[call], model.output_shape)
            return SimpleNamespace(status_code=200), self.responses[call]
        return None
