def handler(event, context):
    yield from (f"{number}\n" for number in range(3))
