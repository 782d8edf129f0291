"""All causes that the probe can name. Ids are permanent; docs/probe.md is generated from here."""

from __future__ import annotations

from typing import Final

from streaming_construct.aws import limits
from streaming_construct.probe.diagnosis.cause import Cause, CauseGroup

_API_GATEWAY: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/"
_RFC_9110: Final = "https://www.rfc-editor.org/rfc/rfc9110.html"
_TRANSFER_MODE: Final = f"{_API_GATEWAY}response-transfer-mode.html"
_TROUBLESHOOTING: Final = f"{_API_GATEWAY}response-streaming-troubleshoot.html"
_GATEWAY_RESPONSES: Final = f"{_API_GATEWAY}supported-gateway-response-types.html"
_QUOTAS: Final = f"{_API_GATEWAY}api-gateway-execution-service-limits-table.html"
_SIGV4: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"
_WEB_ADAPTER: Final = "https://github.com/aws/aws-lambda-web-adapter"

_ADD_TIMESTAMPS: Final = (
    "Write a timestamp into each chunk and probe again, or --compare with the function URL."
)

HTTP_API: Final = Cause(
    id="http-api",
    title="HTTP API",
    what="An HTTP API returned the response.",
    why="HTTP APIs do not support response streaming.",
    fix="Use a REST API (AWS::ApiGateway::RestApi) and set responseTransferMode to STREAM.",
    source_url=f"{_API_GATEWAY}http-api-vs-rest.html",
)
CONTENT_LENGTH_PRESENT: Final = Cause(
    id="content-length-present",
    title="Buffered response with a Content-Length",
    what="The response has a Content-Length and arrived at once.",
    why="A sender knows the length only if it buffers the whole response.",
    fix="Set responseTransferMode to STREAM, use the response-streaming-invocations URI, and"
    " redeploy the stage. Make the function stream (Web Adapter:"
    " AWS_LWA_INVOKE_MODE=response_stream).",
    source_url=_TRANSFER_MODE,
)
COMPRESSION_BUFFERING: Final = Cause(
    id="compression-buffering",
    title="Compressed response",
    what="The response is compressed and its chunks arrived together.",
    why="A compressor buffers small chunks unless it is flushed after each one.",
    fix="Disable compression for streams: in the app's middleware, in the proxy, and as"
    " minimumCompressionSize of the API.",
    source_url=f"{_API_GATEWAY}api-gateway-gzip-compression-decompression.html",
)
BUFFERING_INTERMEDIARY: Final = Cause(
    id="buffering-intermediary",
    title="Intermediary that may buffer responses",
    what="The response passed a proxy or CDN that can buffer responses.",
    why="Many intermediaries collect the whole response before they forward it.",
    fix="Probe the URL of the API itself to confirm. Then disable response buffering in the"
    " intermediary (nginx: X-Accel-Buffering: no, or proxy_buffering off).",
    source_url="https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering",
)
FUNCTION_BUFFERS: Final = Cause(
    id="function-buffers",
    title="Function that buffers its response",
    what="The timestamps in the chunks are almost equal.",
    why="The function produced the whole response before it wrote the first chunk.",
    fix="Change the function so that it writes each chunk as soon as the chunk exists.",
    source_url=f"{_LAMBDA}configuration-response-streaming.html",
)
PATH_BUFFERS: Final = Cause(
    id="path-buffers",
    title="Buffering between function code and client",
    what="The timestamps in the chunks are apart, but the chunks arrived together.",
    why="A component behind the code that writes the chunks buffered them.",
    fix="Check the invoke mode of the Web Adapter, the responseTransferMode of the integration,"
    " and middleware that buffers. Flush small writes.",
    source_url=_TROUBLESHOOTING,
)
BUFFERING_SOURCE_UNKNOWN: Final = Cause(
    id="buffering-source-unknown",
    title="Buffering at an unknown place",
    what="The whole body arrived at the end.",
    why="Nothing in the response shows which component buffered it.",
    fix=f"{_ADD_TIMESTAMPS} Check that the function streams and that responseTransferMode is"
    " STREAM.",
    source_url=_TROUBLESHOOTING,
)
FIXED_SIZE_BUFFER: Final = Cause(
    id="fixed-size-buffer",
    title="Buffer of a fixed size",
    what="The body arrived in bursts of equal size, each with several chunks.",
    why="A component buffers small writes until its buffer is full.",
    fix="Write larger chunks, or pad each chunk to the buffer size (SSE: with a comment line).",
)
FUNCTION_WRITES_BURSTS: Final = Cause(
    id="function-writes-bursts",
    title="Function that writes in bursts",
    what="The timestamps in the chunks show bursts.",
    why="The function waits, then writes many chunks at once.",
    fix="Change the function so that it writes each chunk as soon as the chunk exists.",
)
BURSTS_SOURCE_UNKNOWN: Final = Cause(
    id="bursts-source-unknown",
    title="Bursts from an unknown source",
    what="The body arrived in bursts, each with many chunks.",
    why="Nothing in the response shows which component collected them.",
    fix=_ADD_TIMESTAMPS,
)

INTEGRATION_TIMEOUT_DEFAULT: Final = Cause(
    id="integration-timeout-default",
    title="Default integration timeout of 29 seconds",
    what="The response ended 29 seconds after the request.",
    why="The default integration timeout is 29 seconds, for streams too.",
    fix=f"Set timeoutInMillis of the STREAM integration, up to {limits.STREAM_TIMEOUT_MAX_MS}.",
    source_url=_TRANSFER_MODE,
)
INTEGRATION_TIMEOUT: Final = Cause(
    id="integration-timeout",
    title="Integration timeout",
    what="The response ended at the integration timeout.",
    why="API Gateway closes the connection when the integration timeout expires.",
    fix=f"Raise timeoutInMillis of the STREAM integration, up to {limits.STREAM_TIMEOUT_MAX_MS}.",
    source_url=_TRANSFER_MODE,
)
EDGE_IDLE_TIMEOUT: Final = Cause(
    id="edge-idle-timeout",
    title="Idle timeout of an edge-optimized API",
    what="The response ended after 30 seconds without data.",
    why="Edge-optimized APIs have an idle timeout of 30 seconds. An integration timeout of 30"
    " seconds looks the same before the first byte.",
    fix="Send a heartbeat (SSE: a comment line), or make the API Regional. If the API is Regional,"
    " raise the integration timeout.",
    source_url=_TRANSFER_MODE,
)
REGIONAL_IDLE_TIMEOUT: Final = Cause(
    id="regional-idle-timeout",
    title="Idle timeout of a Regional or private API",
    what="The response ended after 5 minutes without data.",
    why="Regional and private APIs have an idle timeout of 5 minutes.",
    fix="Send a heartbeat (SSE: a comment line).",
    source_url=_TRANSFER_MODE,
)
STREAM_DURATION_LIMIT: Final = Cause(
    id="stream-duration-limit",
    title="Maximum stream duration",
    what="The response ended 15 minutes after the request.",
    why="API Gateway streams a response for at most 15 minutes.",
    fix="End the response earlier, and let the client request the rest.",
    source_url=_TRANSFER_MODE,
)
FUNCTION_TIMEOUT_DEFAULT: Final = Cause(
    id="function-timeout-default",
    title="Default function timeout of 3 seconds",
    what="The response ended 3 seconds after the request.",
    why="The default timeout of a Lambda function is 3 seconds.",
    fix=f"Set Timeout of the function, up to {limits.STREAM_MAX_SECONDS} seconds.",
    source_url=f"{_LAMBDA}configuration-timeout.html",
)
FUNCTION_TIMEOUT: Final = Cause(
    id="function-timeout",
    title="Function timeout",
    what="The response ended at the function timeout.",
    why="Lambda stops a function when its timeout expires.",
    fix=f"Raise Timeout of the function, up to {limits.STREAM_MAX_SECONDS} seconds.",
    source_url=f"{_LAMBDA}configuration-timeout.html",
)
RESPONSE_SIZE_LIMIT: Final = Cause(
    id="response-size-limit",
    title="Maximum response size",
    what="The body ended at 6 MB, 10 MB, or 200 MB.",
    why="Buffered responses are limited to 6 MB (Lambda) and 10 MB (API Gateway), streams to"
    " 200 MB (Lambda).",
    fix="Stream responses that are larger than 6 MB. Return a presigned S3 URL for more than"
    " 200 MB.",
    source_url=f"{_LAMBDA}gettingstarted-limits.html",
)
CONTENT_LENGTH_MISMATCH: Final = Cause(
    id="content-length-mismatch",
    title="Body shorter than its Content-Length",
    what="The connection closed before the announced Content-Length arrived.",
    why="The function announced more bytes than it wrote, or stopped early.",
    fix="Remove Content-Length from streamed responses.",
    source_url=f"{_RFC_9110}#section-8.6",
)
FUNCTION_ERROR_IN_BODY: Final = Cause(
    id="function-error-in-body",
    title="Function error written into the body",
    what="The body contains an error message of the Web Adapter.",
    why="The function failed after the first byte, when the status code was already sent.",
    fix="Find the error in the function's log and fix or catch it.",
    source_url=_WEB_ADAPTER,
)
RESPONSE_TRUNCATED: Final = Cause(
    id="response-truncated",
    title="Response truncated for an unknown reason",
    what="The connection closed in the middle of the response, at no known limit.",
    why="The function failed, its process ended, or a timeout that the probe does not know"
    " expired.",
    fix="Read the function's log. Pass --function-timeout and --integration-timeout so that the"
    " probe can identify them.",
    source_url=_TROUBLESHOOTING,
)
READ_TIMEOUT: Final = Cause(
    id="read-timeout",
    title="Read timeout of the probe",
    what="The probe stopped waiting for the next byte.",
    why="The response was silent for longer than --timeout.",
    fix="Raise --timeout to see which component ends the response.",
)

THROTTLED: Final = Cause(
    id="throttled",
    title="Throttled request",
    what="The response has status 429.",
    why="More requests arrived than a throttle allows.",
    fix="Wait and probe again. Raise the rate limit of the route, stage, usage plan, or account.",
    source_url=f"{_API_GATEWAY}api-gateway-request-throttling.html",
)
QUOTA_EXCEEDED: Final = Cause(
    id="quota-exceeded",
    title="Exceeded usage plan quota",
    what="The response has status 429 with 'Limit Exceeded'.",
    why="The API key used up the quota of its usage plan.",
    fix="Wait for the next quota period, or raise the quota.",
    source_url=f"{_API_GATEWAY}api-gateway-api-usage-plans.html",
)
MISSING_AUTHENTICATION_TOKEN: Final = Cause(
    id="missing-authentication-token",
    title="Missing Authentication Token",
    what="API Gateway returned 'Missing Authentication Token'.",
    why="The deployed stage has no such path or method, or the route requires a signature.",
    fix="Check the path, stage included, and the method (-X POST). Redeploy the stage. Sign the"
    " request with --aws-sigv4 if the route uses IAM authorization.",
    source_url=_GATEWAY_RESPONSES,
)
UNAUTHORIZED: Final = Cause(
    id="unauthorized",
    title="Rejected or missing token",
    what="API Gateway returned 'Unauthorized'.",
    why="The authorizer received no token, or did not accept it.",
    fix="Send a token with --token, or use -H for another header that the authorizer reads.",
    source_url=_GATEWAY_RESPONSES,
)
EXPIRED_TOKEN: Final = Cause(
    id="expired-token",
    title="Expired token",
    what="API Gateway reported an expired token.",
    why="Tokens and temporary AWS credentials are valid for a limited time.",
    fix="Get a new token and send it with --token, or renew the AWS credentials.",
    source_url=_GATEWAY_RESPONSES,
)
ACCESS_DENIED: Final = Cause(
    id="access-denied",
    title="Access denied by a policy",
    what="API Gateway returned that the caller is not authorized.",
    why="A policy denies this caller the method, or no policy allows it.",
    fix="Check the policy that the authorizer returns, the resource policy of the API, and the"
    " caller's IAM policy for execute-api:Invoke.",
    source_url=f"{_API_GATEWAY}apigateway-authorization-flow.html",
)
INVALID_SIGNATURE: Final = Cause(
    id="invalid-signature",
    title="Invalid AWS signature",
    what="API Gateway rejected the AWS signature of the request.",
    why="Credentials, clock, Region, or signed headers do not match.",
    fix="Check credentials, clock, and Region: --aws-sigv4 REGION, --profile NAME.",
    source_url=_SIGV4,
)
FORBIDDEN: Final = Cause(
    id="forbidden",
    title="Forbidden request",
    what="API Gateway returned 'Forbidden'.",
    why="The API key is missing or invalid, AWS WAF blocked the request, or the host or stage"
    " belongs to another API.",
    fix="Send the key with --api-key. Check the host, the stage, and the web ACL.",
    source_url=_GATEWAY_RESPONSES,
)
METHOD_NOT_ALLOWED: Final = Cause(
    id="method-not-allowed",
    title="Method not allowed",
    what="The response has status 405.",
    why="The app behind the route does not support the method of the request.",
    fix="Pass the method that the app supports, for example -X POST, with --data for a body.",
    source_url=f"{_RFC_9110}#section-15.5.6",
)
REJECTED_BY_FUNCTION: Final = Cause(
    id="rejected-by-function",
    title="Request rejected behind API Gateway",
    what="The response has status 401 or 403, and API Gateway did not write it.",
    why="The function, or a proxy in front of the API, rejected the request.",
    fix="Check the credentials that the app expects, and read the function's log.",
)
REDIRECT: Final = Cause(
    id="redirect",
    title="Redirect",
    what="The response redirects to another URL.",
    why="The probe does not follow redirects.",
    fix="Probe the URL in the Location header.",
    source_url=f"{_RFC_9110}#section-15.4",
)
INTEGRATION_ERROR: Final = Cause(
    id="integration-error",
    title="Integration error",
    what="API Gateway returned 500 'Internal server error'.",
    why="API Gateway could not use the function's response, or could not invoke the function.",
    fix="Stream from the function if responseTransferMode is STREAM: metadata, eight null bytes,"
    " body. Check the permission or role for the invocation, and the function's concurrency.",
    source_url=_TROUBLESHOOTING,
)
FUNCTION_ERROR: Final = Cause(
    id="function-error",
    title="Function error",
    what="API Gateway returned 502 'Internal server error'.",
    why="The function failed before its response began, or returned a malformed response.",
    fix="Find the error in the function's log.",
    source_url=f"{_LAMBDA}services-apigateway-errors.html",
)
AUTHORIZER_FAILURE: Final = Cause(
    id="authorizer-failure",
    title="Authorizer failure",
    what="API Gateway reported an error of the authorizer.",
    why="The authorizer failed, or API Gateway could not invoke it.",
    fix="Read the authorizer's log, and check its permission.",
    source_url=_GATEWAY_RESPONSES,
)
REQUEST_TOO_LARGE: Final = Cause(
    id="request-too-large",
    title="Request too large",
    what="The response has status 413, 414, or 431.",
    why="The body, headers, or URL exceed a limit of API Gateway or Lambda.",
    fix="Send less: 10 MB to API Gateway, 6 MB to Lambda, 10,240 bytes of headers.",
    source_url=_QUOTAS,
)
NOT_SUPPORTED_LOCALLY: Final = Cause(
    id="not-supported-locally",
    title="Route that the local gateway cannot serve",
    what="The local gateway returned 501.",
    why="The route needs a value or a feature that the local gateway does not have.",
    fix="Follow the message in the response, or probe a deployed stage.",
)
ERROR_STATUS: Final = Cause(
    id="error-status",
    title="Error status",
    what="The response has an error status.",
    why="API Gateway did not report a known error type.",
    fix="Read the logs of the function and of the stage.",
)

LAMBDA_BANDWIDTH_LIMIT: Final = Cause(
    id="lambda-bandwidth-limit",
    title="Lambda bandwidth limit",
    what="The stream slowed down to 2 MB/s after 6 MB.",
    why="Lambda limits the bandwidth of a stream after its first 6 MB.",
    fix="Compress or shorten the response. Serve large files from S3 or CloudFront.",
    source_url=f"{_LAMBDA}configuration-response-streaming.html",
)
API_GATEWAY_BANDWIDTH_LIMIT: Final = Cause(
    id="api-gateway-bandwidth-limit",
    title="API Gateway bandwidth limit",
    what="The stream slowed down to 2 MB/s after 10 MB.",
    why="API Gateway limits the bandwidth of a stream after its first 10 MB.",
    fix="Compress or shorten the response. Serve large files from S3 or CloudFront.",
    source_url=_TRANSFER_MODE,
)

EMPTY_BODY: Final = Cause(
    id="empty-body",
    title="Empty body",
    what="The response has no body.",
    why="A response without a body cannot show whether it streams.",
    fix="Probe a request whose response has a body.",
)
TOO_FEW_CHUNKS: Final = Cause(
    id="too-few-chunks",
    title="Too few chunks",
    what="The response has fewer than three chunks.",
    why="So few chunks look the same whether they were streamed or buffered.",
    fix="Probe a request whose response has three chunks or more.",
)
TOO_FAST: Final = Cause(
    id="too-fast",
    title="Response too fast to measure",
    what="The whole response arrived within milliseconds.",
    why="So fast a response looks the same whether it was streamed or buffered.",
    fix="Probe a request whose chunks have pauses between them.",
)
NETWORK_LIMITED: Final = Cause(
    id="network-limited",
    title="Response at the speed of the network",
    what="One large body with a Content-Length arrived at the speed of the network.",
    why="A buffered body would arrive in the same way.",
    fix="Probe a request whose response has small chunks with pauses between them.",
)

UNKNOWN_HOST: Final = Cause(
    id="unknown-host",
    title="Unknown host",
    what="The host name has no address.",
    why="The name is wrong, or it resolves only within a VPC.",
    fix="Check the URL. Probe a private API from within its VPC.",
    source_url=f"{_API_GATEWAY}apigateway-private-apis.html",
)
CONNECTION_REFUSED: Final = Cause(
    id="connection-refused",
    title="Connection refused",
    what="The host refused the connection.",
    why="No server listens on this port.",
    fix="Check host and port, and check that the server runs.",
)
HOST_UNREACHABLE: Final = Cause(
    id="host-unreachable",
    title="Unreachable host",
    what="The probe could not connect to the host.",
    why="The probe connects directly and ignores proxy settings.",
    fix="Check the network, the VPN, and the firewall.",
)
TLS_ERROR: Final = Cause(
    id="tls-error",
    title="TLS error",
    what="The TLS handshake failed.",
    why="The certificate is not valid for this host, or the server does not use TLS.",
    fix="Check the certificate and the host name. Pass --insecure for a certificate that you"
    " trust anyway. Use http:// if the server does not use TLS.",
)
NOT_HTTP: Final = Cause(
    id="not-http",
    title="Server without HTTP/1.1",
    what="The server did not respond with HTTP/1.1.",
    why="Another protocol listens on this port, or the port expects TLS.",
    fix="Check the port. Use https:// if the server uses TLS.",
)
CONNECTION_CLOSED: Final = Cause(
    id="connection-closed",
    title="Connection closed without a response",
    what="The server closed the connection before the response began.",
    why="The server failed, rejected the request at the connection level, or expects TLS.",
    fix="Read the log of the server. Use https:// if the server uses TLS.",
)
RESPONSE_TIMEOUT: Final = Cause(
    id="response-timeout",
    title="No response within --timeout",
    what="No response began within the time that the probe waits.",
    why="The server needs longer than --timeout to send status and headers.",
    fix="Raise --timeout to see which component ends the request.",
)

ORIGIN_NOT_ALLOWED: Final = Cause(
    id="origin-not-allowed",
    title="Origin that CORS does not allow",
    what="The response does not allow the Origin of the request.",
    why="A browser hides such a response from the page that requested it.",
    fix="Pass cors= to StreamingRestApi, and add CorsMiddleware of"
    " streaming_construct.runtime.web.cors to the app. A Lambda proxy integration sends only the"
    " headers of the function.",
    source_url=f"{_API_GATEWAY}how-to-cors.html",
)
REMAPPED_WWW_AUTHENTICATE: Final = Cause(
    id="remapped-www-authenticate",
    title="WWW-Authenticate that API Gateway renamed",
    what="The response has x-amzn-Remapped-WWW-Authenticate instead of WWW-Authenticate.",
    why="API Gateway renames this header of an integration. Clients that need the challenge, such"
    " as OAuth and MCP clients, do not find it.",
    fix="Reject the request in an authorizer, and set WWW-Authenticate in the UNAUTHORIZED gateway"
    " response.",
    source_url=f"{_API_GATEWAY}api-gateway-known-issues.html",
)

CAUSE_GROUPS: Final = (
    CauseGroup(
        title="Buffered, or bursty",
        what="The body arrived at once, or in a few bursts with many chunks each.",
        causes=(
            HTTP_API,
            CONTENT_LENGTH_PRESENT,
            COMPRESSION_BUFFERING,
            BUFFERING_INTERMEDIARY,
            FUNCTION_BUFFERS,
            PATH_BUFFERS,
            BUFFERING_SOURCE_UNKNOWN,
            FIXED_SIZE_BUFFER,
            FUNCTION_WRITES_BURSTS,
            BURSTS_SOURCE_UNKNOWN,
        ),
    ),
    CauseGroup(
        title="Truncated",
        what="The response ended before its end. If no status had arrived, an expired timeout"
        " appears as a failed response: 504 for API Gateway, 502 for the function.",
        causes=(
            INTEGRATION_TIMEOUT_DEFAULT,
            INTEGRATION_TIMEOUT,
            EDGE_IDLE_TIMEOUT,
            REGIONAL_IDLE_TIMEOUT,
            STREAM_DURATION_LIMIT,
            FUNCTION_TIMEOUT_DEFAULT,
            FUNCTION_TIMEOUT,
            RESPONSE_SIZE_LIMIT,
            CONTENT_LENGTH_MISMATCH,
            FUNCTION_ERROR_IN_BODY,
            RESPONSE_TRUNCATED,
            READ_TIMEOUT,
        ),
    ),
    CauseGroup(
        title="Throttled, denied, or failed",
        what="Throttled is status 429, denied is 401 or 403, failed is any other error status."
        " The probe reads `x-amzn-ErrorType` and the message to identify errors of API Gateway.",
        causes=(
            THROTTLED,
            QUOTA_EXCEEDED,
            MISSING_AUTHENTICATION_TOKEN,
            UNAUTHORIZED,
            EXPIRED_TOKEN,
            ACCESS_DENIED,
            INVALID_SIGNATURE,
            FORBIDDEN,
            REJECTED_BY_FUNCTION,
            METHOD_NOT_ALLOWED,
            REDIRECT,
            INTEGRATION_ERROR,
            FUNCTION_ERROR,
            AUTHORIZER_FAILURE,
            REQUEST_TOO_LARGE,
            NOT_SUPPORTED_LOCALLY,
            ERROR_STATUS,
        ),
    ),
    CauseGroup(
        title="Bandwidth-limited",
        what="The response streamed, and slowed down after a certain size.",
        causes=(LAMBDA_BANDWIDTH_LIMIT, API_GATEWAY_BANDWIDTH_LIMIT),
    ),
    CauseGroup(
        title="Inconclusive, or empty",
        what="A streamed and a buffered response would look the same.",
        causes=(EMPTY_BODY, TOO_FEW_CHUNKS, TOO_FAST, NETWORK_LIMITED),
    ),
    CauseGroup(
        title="No response",
        what="The probe received no HTTP response.",
        causes=(
            UNKNOWN_HOST,
            CONNECTION_REFUSED,
            HOST_UNREACHABLE,
            TLS_ERROR,
            NOT_HTTP,
            CONNECTION_CLOSED,
            RESPONSE_TIMEOUT,
        ),
    ),
    CauseGroup(
        title="Warnings",
        what="Warnings do not change the verdict or the exit status.",
        causes=(ORIGIN_NOT_ALLOWED, REMAPPED_WWW_AUTHENTICATE),
    ),
)
CAUSES: Final = {cause.id: cause for group in CAUSE_GROUPS for cause in group.causes}
