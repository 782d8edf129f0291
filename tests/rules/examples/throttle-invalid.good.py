throttle = ThrottleSettings(rate_limit=10, burst_limit=20)
StreamingRestApi(stack, "Api", handler=chat, throttle=throttle)
