def handler(event, context)
    yield "text"
