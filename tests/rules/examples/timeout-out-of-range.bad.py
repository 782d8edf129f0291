StreamingRestApi(stack, "Api", handler=chat).add_route(
    "/report", response_transfer_mode=ResponseTransferMode.BUFFERED, timeout=Duration.minutes(1)
)
