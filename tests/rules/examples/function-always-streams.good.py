function = PythonStreamingFunction(
    stack, "Words", entry="lambda_src/plain", handler="words.handler"
)
StreamingRestApi(stack, "Api", handler=chat).add_route("/words", handler=function)
