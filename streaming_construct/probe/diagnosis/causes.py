"""Every cause that a probe can name, with what it means and what to do.

Ids are permanent; docs/probe.md has a row for each.
"""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.aws import limits


@dataclass(frozen=True)
class Cause:
    """Why something did not stream: a permanent id, what it means, and what mends it."""

    id: str
    meaning: str
    fix: str


def _cause(identity: str, meaning: str, fix: str) -> Cause:
    cause = Cause(identity, meaning, fix)
    CAUSES[identity] = cause
    return cause


CAUSES: dict[str, Cause] = {}

# Buffered and bursty.
HTTP_API = _cause(
    "http-api",
    "an HTTP API answered, and HTTP APIs do not stream",
    "use a REST API (AWS::ApiGateway::RestApi), whose integrations can",
)
WHOLE_BEFORE_SENT = _cause(
    "whole-before-sent",
    "the answer has a Content-Length: it was gathered whole before it was sent",
    "set responseTransferMode STREAM and the response-streaming-invocations URI on the"
    " integration, deploy the stage anew, and let the function stream (behind the Web Adapter:"
    " AWS_LWA_INVOKE_MODE=response_stream)",
)
COMPRESSED = _cause(
    "compressed",
    "the body was compressed on the way, and compressing gathers small chunks",
    "turn compression off for streams: in the app's middleware, in the proxy, and as the API's"
    " minimumCompressionSize",
)
PROXY_IN_BETWEEN = _cause(
    "proxy-in-between",
    "a proxy stands in between, of a kind that gathers what it passes on",
    "probe the API's own URL to be sure; then turn the proxy's response buffering off (nginx: the"
    " header X-Accel-Buffering: no, or proxy_buffering off)",
)
WRITTEN_AT_ONCE = _cause(
    "written-at-once",
    "the function wrote all chunks at the same time, by the times within them",
    "look at the function: it gathers its answer before it writes the first chunk",
)
HELD_BACK_ON_THE_WAY = _cause(
    "held-back-on-the-way",
    "the chunks were written apart, by the times within them, and came together",
    "look behind the code that writes: a buffered invoke mode of the Web Adapter, an integration"
    " in BUFFERED mode, a middleware that gathers, small writes that are held back",
)
HELD_BACK = _cause(
    "held-back",
    "everything came at the end, and nothing tells who held it back",
    "write the time into each chunk and probe again, or --compare with the function's own URL;"
    " check that the function streams and that its integration's mode is STREAM",
)
SMALL_WRITES_HELD_BACK = _cause(
    "small-writes-held-back",
    "small writes were held back until a buffer was full",
    "pad each chunk to the size of the buffer (in SSE with a comment line), or write larger ones",
)
WRITTEN_IN_BURSTS = _cause(
    "written-in-bursts",
    "the function wrote in bursts, by the times within the chunks",
    "look at the function: it waits, and then writes many chunks at once",
)
BURSTS = _cause(
    "bursts",
    "many chunks came together each time, and nothing tells who gathered them",
    "write the time into each chunk and probe again, or --compare with the function's own URL",
)

# Cut short, or answered with 504 at such a moment.
INTEGRATION_TIMEOUT_DEFAULT = _cause(
    "integration-timeout-default",
    "the integration's timeout was left at its default of 29 s, which holds for streams, too",
    f"set timeoutInMillis of the integration, up to {limits.STREAM_TIMEOUT_MAX_MS} for a STREAM"
    " integration",
)
INTEGRATION_TIMEOUT = _cause(
    "integration-timeout",
    "the integration's timeout was over",
    f"raise timeoutInMillis of the integration, up to {limits.STREAM_TIMEOUT_MAX_MS} for a STREAM"
    " integration",
)
EDGE_IDLE = _cause(
    "edge-idle-limit",
    "nothing came for 30 s, the longest silence that an edge-optimized API allows; or the"
    " integration's timeout was 30 s, which looks the same before the first byte",
    "send a heartbeat (in SSE a comment line), or make the API Regional: 5 minutes; where it is"
    " Regional, its integration's timeout is 30 s: raise that",
)
REGIONAL_IDLE = _cause(
    "regional-idle-limit",
    "nothing came for 5 minutes, the longest silence that an API allows",
    "send a heartbeat, in SSE a comment line",
)
STREAM_MAXIMUM = _cause(
    "stream-maximum",
    "15 minutes were over, the most that a stream may take",
    "end the answer earlier, and let the client ask for the rest",
)
FUNCTION_TIMEOUT_DEFAULT = _cause(
    "function-timeout-default",
    "the function's timeout was left at its default of 3 s",
    f"set the function's Timeout, up to {limits.FUNCTION_TIMEOUT_MAX_SECONDS} seconds",
)
FUNCTION_TIMEOUT = _cause(
    "function-timeout",
    "the function's timeout was over",
    f"raise the function's Timeout, up to {limits.FUNCTION_TIMEOUT_MAX_SECONDS} seconds",
)
SIZE_LIMIT = _cause(
    "size-limit",
    "the body ended at a limit of size: 6 MB or 10 MB of a buffered answer, 200 MB of a stream",
    "stream what is larger than 6 MB, and give out by reference (S3) what is larger than 200 MB",
)
LENGTH_NOT_KEPT = _cause(
    "length-not-kept",
    "the body is shorter than the Content-Length that it announced",
    "leave Content-Length out of a streamed answer",
)
FAILURE_IN_BODY = _cause(
    "failure-in-body",
    "the function failed while it streamed, and the Web Adapter wrote the failure into the body",
    "look for the error in the function's log",
)
BROKE_OFF = _cause(
    "broke-off",
    "the answer broke off at a moment that no limit of API Gateway explains",
    "look in the function's log: it failed, or its process ended; if it timed out, say"
    " --function-timeout or --integration-timeout to have it named",
)
FELL_SILENT = _cause(
    "fell-silent",
    "the probe gave up waiting for the next byte",
    "raise --timeout to see who ends the answer",
)

# Answers that are errors.
THROTTLED = _cause(
    "throttled",
    "more requests than a throttle lets pass",
    "wait and probe again; raise the rate of the route, stage, usage plan or account",
)
QUOTA_EXCEEDED = _cause(
    "quota-exceeded",
    "the quota of the usage plan is used up",
    "wait for its next period, or raise it",
)
MISSING_AUTHENTICATION = _cause(
    "missing-authentication",
    "there is no such path or method in the deployed stage, or the route wants a signature",
    "check method and path, stage included; deploy the stage anew; sign with --aws-sigv4",
)
UNAUTHORIZED = _cause(
    "unauthorized",
    "the authorizer found no token, or did not take it",
    "send one with --token, or in the header that the authorizer reads with -H",
)
TOKEN_EXPIRED = _cause(
    "token-expired", "the token was good once", "get a new one and send it with --token"
)
ACCESS_DENIED = _cause(
    "access-denied",
    "the caller is known and may not call this method",
    "look at the authorizer's policy, the API's resource policy, and the caller's IAM policy for"
    " execute-api:Invoke",
)
BAD_SIGNATURE = _cause(
    "bad-signature",
    "the request's AWS signature was not accepted",
    "check credentials, clock and Region: --aws-sigv4 REGION, --profile NAME",
)
FORBIDDEN = _cause(
    "forbidden",
    "an API key is missing or wrong, WAF refused, or the host or stage is not this API's",
    "send the key with --api-key; check host and stage; look at the web ACL",
)
REFUSED_BY_FUNCTION = _cause(
    "refused-behind-the-gateway",
    "the function, or a proxy in front of the API, refused the request",
    "look at the answer's body, and in the function's log",
)
REDIRECTED = _cause(
    "redirected",
    "the answer sends elsewhere, and the probe does not follow",
    "probe the address that its Location names",
)
MALFORMED_OUTPUT = _cause(
    "malformed-output",
    "API Gateway could not use what the integration answered, or could not invoke it",
    "let the function stream where its mode is STREAM (metadata, eight zero bytes, body); check"
    " that the role or permission lets API Gateway invoke it, and that its concurrency is not used"
    " up",
)
FUNCTION_FAILED = _cause(
    "function-failed",
    "the function failed before its answer began, or answered what is no response",
    "look for the error in the function's log",
)
AUTHORIZER_FAILED = _cause(
    "authorizer-failed",
    "the authorizer failed, or API Gateway could not call it",
    "look in the authorizer's log, and at its permission",
)
REQUEST_TOO_LARGE = _cause(
    "request-too-large",
    "body, headers or URL of the request are larger than API Gateway or Lambda take",
    "send less: 10 MB to API Gateway, 6 MB to Lambda, 10,240 bytes of headers",
)
NOT_SERVED_HERE = _cause(
    "not-served-here",
    "the local gateway cannot serve this route; the answer's message says why",
    "do what the message says, or probe a deployed stage",
)
ERROR_STATUS = _cause(
    "error-status",
    "the answer is an error",
    "look at its body, and in the logs of function and stage",
)

# Streamed, and all the same.
LAMBDA_BANDWIDTH = _cause(
    "lambda-bandwidth",
    "it streamed, and beyond 6 MB at the 2 MB/s that Lambda gives",
    "compress or send less; larger things go faster from S3 or CloudFront",
)
GATEWAY_BANDWIDTH = _cause(
    "gateway-bandwidth",
    "it streamed, and beyond 10 MB at the 2 MB/s that API Gateway gives",
    "compress or send less; larger things go faster from S3 or CloudFront",
)

# Too little to tell.
NO_BODY = _cause(
    "no-body", "no byte of a body came", "probe a request that is answered with a body"
)
TOO_FEW_CHUNKS = _cause(
    "too-few-chunks",
    "the answer has too few chunks to tell a stream from a whole",
    "probe a request that is answered with three chunks or more",
)
TOO_FAST = _cause(
    "too-fast",
    "the answer was over so fast that a stream and a whole look the same",
    "probe a request whose chunks have pauses between them",
)
NETWORK_PACED = _cause(
    "network-paced",
    "one large body of known length came as fast as the network let it, as a whole one would",
    "probe a request that is answered in small chunks with pauses between them",
)

# No answer.
UNKNOWN_HOST = _cause(
    "unknown-host",
    "the host has no address",
    "check the URL; a private API is known within its VPC alone",
)
CONNECTION_REFUSED = _cause(
    "connection-refused", "nobody listens there", "check host and port, and that the server runs"
)
UNREACHABLE = _cause(
    "unreachable",
    "the host could not be connected to",
    "check network, VPN and firewall; the probe connects directly, whatever proxy is configured",
)
TLS_FAILED = _cause(
    "tls-failed",
    "no TLS connection could be made",
    "check certificate and host name, or say --insecure where both are known to be wrong, or http://"
    " where the server speaks no TLS",
)
NOT_HTTP = _cause(
    "not-http",
    "what answered does not speak HTTP/1.1",
    "check the port, and say https:// where the server speaks TLS",
)
CLOSED = _cause(
    "closed-without-answer",
    "the connection was closed before an answer began",
    "look in the log of whatever listens there",
)
NO_ANSWER_IN_TIME = _cause(
    "no-answer-in-time",
    "no answer began within the time the probe waits",
    "raise --timeout to see what ends the request",
)
