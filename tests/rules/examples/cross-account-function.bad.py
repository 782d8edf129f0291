arn = "arn:aws:lambda:eu-west-1:999999999999:function:chat"
StreamingRestApi(stack, "Api", handler=lambda_.Function.from_function_arn(stack, "Imported", arn))
