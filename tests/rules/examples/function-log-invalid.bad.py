FunctionLogMetrics(stack, "Log", function=chat)
