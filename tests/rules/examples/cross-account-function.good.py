arn = "arn:aws:lambda:eu-west-1:111122223333:function:chat"
StreamingRestApi(stack, "Api", handler=lambda_.Function.from_function_arn(stack, "Imported", arn))
