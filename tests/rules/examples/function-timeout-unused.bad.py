options = {
    "runtime": lambda_.Runtime.NODEJS_24_X,
    "handler": "index.handler",
    "code": lambda_.Code.from_inline("exports.handler = async () => ({})"),
}
slow = lambda_.Function(stack, "Slow", timeout=Duration.minutes(20), **options)
StreamingRestApi(stack, "Api", handler=slow)
