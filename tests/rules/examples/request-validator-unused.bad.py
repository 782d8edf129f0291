StreamingRestApi(
    stack,
    "Api",
    handler=chat,
    request_validator_options=RequestValidatorOptions(validate_request_body=True),
)
