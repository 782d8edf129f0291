StreamingRestApi(stack, "Api", handler=chat, deploy_options=StageOptions(tracing_enabled=False))
