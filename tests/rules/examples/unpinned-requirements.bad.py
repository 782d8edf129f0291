PythonWebFunction(stack, "Web", entry="web")
