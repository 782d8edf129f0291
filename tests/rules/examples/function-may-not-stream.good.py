function = lambda_.Function(
    stack,
    "Python",
    runtime=lambda_.Runtime.PYTHON_3_14,
    handler="health.handler",
    code=lambda_.Code.from_asset("lambda_src/plain"),
)
api = StreamingRestApi(stack, "Api", handler=chat)
api.add_route("/health", handler=function, response_transfer_mode=ResponseTransferMode.BUFFERED)
