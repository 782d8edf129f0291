StreamingRestApi(stack, "Api", handler=chat).add_route(
    "/report", transfer_mode=ResponseTransferMode.BUFFERED, timeout=Duration.minutes(1)
)
