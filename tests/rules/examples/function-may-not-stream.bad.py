function = lambda_.Function(
    stack,
    "Python",
    runtime=lambda_.Runtime.PYTHON_3_14,
    handler="health.handler",
    code=lambda_.Code.from_asset("lambda_src/plain"),
    timeout=Duration.minutes(1),
)
StreamingRestApi(stack, "Api", handler=function)
