StreamingRestApi(stack, "Api", handler=chat).add_route(
    "/chat", timeout=Duration.seconds(Token.as_number({"Ref": "Seconds"}))
)
