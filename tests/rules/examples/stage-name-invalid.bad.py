StreamingRestApi(stack, "Api", handler=chat, stage_name="v1/beta")
