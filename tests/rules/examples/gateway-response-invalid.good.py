response = GatewayResponse(response_headers={"Retry-After": "'60'"})
StreamingRestApi(
    stack, "Api", handler=chat, gateway_responses={ResponseType.THROTTLED: response}
)
