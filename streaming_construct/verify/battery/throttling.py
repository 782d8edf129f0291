"""Throttles, usage plans and quotas."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import DOCS, GATEWAY_RESPONSES
from streaming_construct.verify.case import Case, CaseRequest, Credential, Knowledge
from streaming_construct.verify.stack_outputs import QUOTA_REQUESTS, THROTTLE_BURST

_THEME: Final = "throttling"
_PAGE: Final = "local-gateway.md#responses"
_THROTTLING: Final = f"{DOCS}api-gateway-request-throttling.html"
_MANY: Final = THROTTLE_BURST + 8

CASES: Final = (
    Case(
        id="throttling-burst",
        theme=_THEME,
        claim="Requests beyond the burst limit of a method result in status 429.",
        page=_PAGE,
        # AWS applies limits on a best-effort basis: the number of rejected requests is not exact.
        knowledge=Knowledge.DOCUMENTED,
        source_url=_THROTTLING,
        requests=(CaseRequest(path="/throttled"),) * (THROTTLE_BURST + 1),
        repeat=_MANY,
        expected={"status": 429, "json:/message": "Too Many Requests"},
        is_exclusive=True,
    ),
    Case(
        id="throttling-error-type",
        theme=_THEME,
        claim="A throttled request names its error, and the access log has it.",
        page=_PAGE,
        knowledge=Knowledge.DOCUMENTED,
        source_url=GATEWAY_RESPONSES,
        requests=(CaseRequest(path="/throttled"),) * (THROTTLE_BURST + 1),
        repeat=_MANY,
        expected={"log:status": "429", "log:errorType": "THROTTLED"},
        is_exclusive=True,
    ),
    Case(
        id="throttling-other-routes",
        theme=_THEME,
        claim="The throttle of a method does not limit another method.",
        page="streaming-rest-api.md#throttling",
        knowledge=Knowledge.DOCUMENTED,
        source_url=_THROTTLING,
        requests=(*(CaseRequest(path="/throttled"),) * 4, CaseRequest(path="/any")),
        expected={"status": 200},
        is_exclusive=True,
    ),
    Case(
        id="throttling-quota",
        theme=_THEME,
        claim="Requests beyond the quota of a usage plan result in status 429.",
        page=_PAGE,
        knowledge=Knowledge.DOCUMENTED,
        source_url=GATEWAY_RESPONSES,
        requests=(CaseRequest(path="/authorized/key", credential=Credential.QUOTA_API_KEY),)
        * (QUOTA_REQUESTS + 1),
        repeat=_MANY,
        expected={"status": 429, "json:/message": "Limit Exceeded"},
        is_exclusive=True,
    ),
    Case(
        id="throttling-key-without-quota",
        theme=_THEME,
        claim="The quota of a usage plan does not limit the API keys of another plan.",
        page="authorization.md#api-keys-and-usage-plans",
        knowledge=Knowledge.DOCUMENTED,
        source_url=f"{DOCS}api-gateway-api-usage-plans.html",
        requests=(CaseRequest(path="/authorized/key", credential=Credential.API_KEY),) * 4,
        expected={"status": 200},
        is_exclusive=True,
    ),
)
"""The cases of this theme."""
