TraceSampling(stack, "Sampling", api=StreamingRestApi(stack, "Api", handler=chat), fixed_rate=5)
