"""Diagnosis of error responses: which error of API Gateway a response is.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json
from typing import Final

from streaming_construct.probe.diagnosis import causes
from streaming_construct.probe.diagnosis.cause import Cause
from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts, TimeoutMatch, match_timeout
from streaming_construct.probe.diagnosis.verdict import Verdict
from streaming_construct.probe.http.response import Response
from streaming_construct.probe.http.timeline import Timeline

# Value of x-amzn-ErrorType, in lower case and without `Exception`.
_BY_ERROR_TYPE: Final = {
    "missingauthenticationtoken": causes.MISSING_AUTHENTICATION_TOKEN,
    "unauthorized": causes.UNAUTHORIZED,
    "accessdenied": causes.ACCESS_DENIED,
    "forbidden": causes.FORBIDDEN,
    "invalidsignature": causes.INVALID_SIGNATURE,
    "incompletesignature": causes.INVALID_SIGNATURE,
    "signaturedoesnotmatch": causes.INVALID_SIGNATURE,
    "unrecognizedclient": causes.INVALID_SIGNATURE,
    "expiredtoken": causes.EXPIRED_TOKEN,
    "toomanyrequests": causes.THROTTLED,
    "throttling": causes.THROTTLED,
    "limitexceeded": causes.QUOTA_EXCEEDED,
    "authorizerconfiguration": causes.AUTHORIZER_FAILURE,
    "authorizerfailure": causes.AUTHORIZER_FAILURE,
    "requesttoolong": causes.REQUEST_TOO_LARGE,
}
# Beginning of the message, in lower case. The first match counts.
_BY_MESSAGE: Final = (
    ("missing authentication token", causes.MISSING_AUTHENTICATION_TOKEN),
    ("unauthorized", causes.UNAUTHORIZED),
    ("the incoming token has expired", causes.EXPIRED_TOKEN),
    ("the security token included in the request is expired", causes.EXPIRED_TOKEN),
    ("user is not authorized", causes.ACCESS_DENIED),
    ("user: ", causes.ACCESS_DENIED),
    ("forbidden", causes.FORBIDDEN),
    ("the security token included in the request is invalid", causes.INVALID_SIGNATURE),
    ("the request signature we calculated", causes.INVALID_SIGNATURE),
    ("signature expired", causes.INVALID_SIGNATURE),
    ("credential should be scoped", causes.INVALID_SIGNATURE),
    ("authorization header requires", causes.INVALID_SIGNATURE),
    ("limit exceeded", causes.QUOTA_EXCEEDED),
    ("too many requests", causes.THROTTLED),
)
_BY_STATUS: Final = {
    401: causes.REJECTED_BY_FUNCTION,
    403: causes.REJECTED_BY_FUNCTION,
    405: causes.METHOD_NOT_ALLOWED,
    413: causes.REQUEST_TOO_LARGE,
    414: causes.REQUEST_TOO_LARGE,
    429: causes.THROTTLED,
    431: causes.REQUEST_TOO_LARGE,
}
_VERDICTS: Final = {401: Verdict.DENIED, 403: Verdict.DENIED, 429: Verdict.THROTTLED}
_FUNCTION_TIMEOUTS: Final = (causes.FUNCTION_TIMEOUT, causes.FUNCTION_TIMEOUT_DEFAULT)
# Message of API Gateway for 500 and 502.
_INTERNAL_ERROR: Final = "internal server error"
# Marks a body that is not a gateway response. The message of a gateway response may be null.
_NO_MESSAGE: Final = object()


def diagnose_error_response(response: Response, timeouts: ApiTimeouts) -> tuple[Verdict, Cause]:
    """Diagnose a response whose status is not 2xx."""
    if response.status < 400:
        return Verdict.FAILED, causes.REDIRECT
    verdict = _VERDICTS.get(response.status, Verdict.FAILED)
    error_type = _read_error_type(response)
    message = _read_message(response)
    if response.status >= 500:
        cause = _BY_ERROR_TYPE.get(error_type) or _diagnose_server_error(
            response, message, timeouts
        )
        return verdict, cause
    for beginning, cause in _BY_MESSAGE:
        # First, since the error type is the same for an invalid token and for an expired one.
        if isinstance(message, str) and message.lower().startswith(beginning):
            return verdict, cause
    cause = _BY_STATUS.get(response.status, causes.ERROR_STATUS)
    return verdict, _BY_ERROR_TYPE.get(error_type, cause)


def _diagnose_server_error(response: Response, message: object, timeouts: ApiTimeouts) -> Cause:
    is_internal = isinstance(message, str) and message.lower() == _INTERNAL_ERROR
    match = _match_header_timeout(response, timeouts)
    if response.status == 504:
        is_of_api = match is not None and match.cause not in _FUNCTION_TIMEOUTS
        return match.cause if match and is_of_api else causes.INTEGRATION_TIMEOUT
    if response.status == 502 and is_internal:
        is_of_function = match is not None and match.cause in _FUNCTION_TIMEOUTS
        return match.cause if match and is_of_function else causes.FUNCTION_ERROR
    if response.status == 500 and is_internal:
        return causes.INTEGRATION_ERROR
    if response.status == 500 and message is None:
        return causes.AUTHORIZER_FAILURE
    if response.status == 501 and isinstance(message, str):
        return causes.NOT_SUPPORTED_LOCALLY
    return causes.ERROR_STATUS


def _match_header_timeout(response: Response, timeouts: ApiTimeouts) -> TimeoutMatch | None:
    """Return the time limit that ended the wait for status and headers."""
    head = response.timeline.head
    waited = response.timeline.total if head is None else head
    return match_timeout(Timeline((), waited), timeouts)


def _read_error_type(response: Response) -> str:
    value = (response.get_header("x-amzn-errortype") or "").partition(":")[0].strip()
    return value.lower().removesuffix("exception")


def _read_message(response: Response) -> object:
    """Return the message of a gateway response, `_NO_MESSAGE` for another body."""
    try:
        body = json.loads(response.timeline.body)
    except (ValueError, RecursionError):
        return _NO_MESSAGE
    if not isinstance(body, dict):
        return _NO_MESSAGE
    return body.get("message", body.get("Message", _NO_MESSAGE))
