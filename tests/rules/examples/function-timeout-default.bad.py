code = lambda_.Code.from_inline("exports.handler = async () => ({})")
runtime = lambda_.Runtime.NODEJS_24_X
hasty = lambda_.Function(stack, "Hasty", runtime=runtime, handler="index.handler", code=code)
StreamingRestApi(stack, "Api", handler=hasty)
