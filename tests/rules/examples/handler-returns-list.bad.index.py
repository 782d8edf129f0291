def handler(event, context):
    return [f"{number}\n" for number in range(3)]
