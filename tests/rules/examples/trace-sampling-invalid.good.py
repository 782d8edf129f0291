TraceSampling(stack, "Sound", api=StreamingRestApi(stack, "Traced", handler=chat), rate=0.05)
