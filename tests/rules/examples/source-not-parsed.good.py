PythonStreamingFunction(
    stack,
    "Words",
    entry="web",
    runtime=lambda_.Runtime("python3.15", lambda_.RuntimeFamily.PYTHON),
)
