StreamingRestApi(
    stack,
    "Api",
    handler=chat,
    request_validation=RequestValidatorOptions(validate_request_body=True),
)
