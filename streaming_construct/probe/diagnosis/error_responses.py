"""Answers that are errors: what API Gateway means by them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json

from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.causes import Cause
from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts, TimeoutMatch, match_timeout
from streaming_construct.probe.diagnosis.verdict import Verdict
from streaming_construct.probe.http.response import Response
from streaming_construct.probe.http.timeline import Timeline

# By the header x-amzn-ErrorType, in lower case and without `Exception`.
_BY_TYPE = {
    "missingauthenticationtoken": causes.MISSING_AUTHENTICATION,
    "unauthorized": causes.UNAUTHORIZED,
    "accessdenied": causes.ACCESS_DENIED,
    "forbidden": causes.FORBIDDEN,
    "invalidsignature": causes.BAD_SIGNATURE,
    "incompletesignature": causes.BAD_SIGNATURE,
    "signaturedoesnotmatch": causes.BAD_SIGNATURE,
    "unrecognizedclient": causes.BAD_SIGNATURE,
    "expiredtoken": causes.TOKEN_EXPIRED,
    "toomanyrequests": causes.THROTTLED,
    "throttling": causes.THROTTLED,
    "limitexceeded": causes.QUOTA_EXCEEDED,
    "authorizerconfiguration": causes.AUTHORIZER_FAILED,
    "authorizerfailure": causes.AUTHORIZER_FAILED,
    "requesttoolong": causes.REQUEST_TOO_LARGE,
}
# By how the message begins, in lower case; the first that fits.
_BY_MESSAGE = (
    ("missing authentication token", causes.MISSING_AUTHENTICATION),
    ("unauthorized", causes.UNAUTHORIZED),
    ("the incoming token has expired", causes.TOKEN_EXPIRED),
    ("the security token included in the request is expired", causes.TOKEN_EXPIRED),
    ("user is not authorized", causes.ACCESS_DENIED),
    ("user: ", causes.ACCESS_DENIED),
    ("forbidden", causes.FORBIDDEN),
    ("the security token included in the request is invalid", causes.BAD_SIGNATURE),
    ("the request signature we calculated", causes.BAD_SIGNATURE),
    ("signature expired", causes.BAD_SIGNATURE),
    ("credential should be scoped", causes.BAD_SIGNATURE),
    ("authorization header requires", causes.BAD_SIGNATURE),
    ("limit exceeded", causes.QUOTA_EXCEEDED),
    ("too many requests", causes.THROTTLED),
)
_BY_STATUS = {
    401: causes.REFUSED_BY_FUNCTION,
    403: causes.REFUSED_BY_FUNCTION,
    413: causes.REQUEST_TOO_LARGE,
    414: causes.REQUEST_TOO_LARGE,
    429: causes.THROTTLED,
    431: causes.REQUEST_TOO_LARGE,
}
_VERDICTS = {401: Verdict.REFUSED, 403: Verdict.REFUSED, 429: Verdict.THROTTLED}
_NO_MESSAGE = object()
_OF_THE_FUNCTION = (causes.FUNCTION_TIMEOUT, causes.FUNCTION_TIMEOUT_DEFAULT)
# API Gateway's own sentence for its 500 and 502.
_INTERNAL = "internal server error"


def diagnose_error_response(response: Response, known: ApiTimeouts) -> tuple[Verdict, Cause]:
    """Judge an answer whose status is no success."""
    if response.status < 400:
        return Verdict.FAILED, causes.REDIRECTED
    verdict = _VERDICTS.get(response.status, Verdict.FAILED)
    kind = _error_type(response)
    message = _message(response)
    if response.status >= 500:
        return verdict, _BY_TYPE.get(kind) or _server_error(response, message, known)
    for beginning, cause in _BY_MESSAGE:
        # Before the type, which is the same for a wrong token and for one that has expired.
        if isinstance(message, str) and message.lower().startswith(beginning):
            return verdict, cause
    status = _BY_STATUS.get(response.status, causes.ERROR_STATUS)
    return verdict, _BY_TYPE.get(kind, status)


def _server_error(response: Response, message: object, known: ApiTimeouts) -> Cause:
    ours = isinstance(message, str) and message.lower() == _INTERNAL
    if response.status == 504:
        moment = _header_timeout(response, known)
        known_by_time = moment and moment.cause not in _OF_THE_FUNCTION
        return moment.cause if moment and known_by_time else causes.INTEGRATION_TIMEOUT
    if response.status == 502 and ours:
        moment = _header_timeout(response, known)
        timed_out = moment and moment.cause in _OF_THE_FUNCTION
        return moment.cause if moment and timed_out else causes.FUNCTION_FAILED
    if response.status == 500 and ours:
        return causes.MALFORMED_OUTPUT
    if response.status == 500 and message is None:
        return causes.AUTHORIZER_FAILED
    if response.status == 501 and isinstance(message, str):
        return causes.NOT_SERVED_HERE
    return causes.ERROR_STATUS


def _header_timeout(response: Response, known: ApiTimeouts) -> TimeoutMatch | None:
    """Which limit ended the wait for a head: until then there was nothing but silence."""
    head = response.timeline.head
    waited = response.timeline.total if head is None else head
    return match_timeout(Timeline((), waited), known)


def _error_type(response: Response) -> str:
    written = (response.header("x-amzn-errortype") or "").partition(":")[0].strip()
    return written.lower().removesuffix("exception")


def _message(response: Response) -> object:
    """The message of a gateway response, which may be null; `_NO_MESSAGE` for another body."""
    try:
        body = json.loads(response.timeline.body)
    except ValueError:
        return _NO_MESSAGE
    if not isinstance(body, dict):
        return _NO_MESSAGE
    return body.get("message", body.get("Message", _NO_MESSAGE))
