TraceSampling(stack, "Sampling", api=StreamingRestApi(stack, "Api", handler=chat), rate=5)
