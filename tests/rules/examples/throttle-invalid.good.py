stage = StageOptions(throttling_rate_limit=10, throttling_burst_limit=20)
StreamingRestApi(stack, "Api", handler=chat, deploy_options=stage)
