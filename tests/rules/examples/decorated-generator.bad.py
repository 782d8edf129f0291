PythonStreamingFunction(stack, "Words", entry="web")
