throttle = ThrottleSettings(rate_limit=10, burst_limit=0)
StreamingRestApi(stack, "Api", handler=chat, throttle=throttle)
