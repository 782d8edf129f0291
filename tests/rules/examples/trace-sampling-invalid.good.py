TraceSampling(stack, "Sound", api=StreamingRestApi(stack, "Traced", handler=chat), fixed_rate=0.05)
