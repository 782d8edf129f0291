function = PythonStreamingFunction(
    stack, "Words", entry="lambda_src/plain", handler="words.handler"
)
api = StreamingRestApi(stack, "Api", handler=chat)
api.add_route("/words", handler=function, response_transfer_mode=ResponseTransferMode.BUFFERED)
