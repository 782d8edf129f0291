StreamingRestApi(
    stack,
    "Api",
    handler=chat,
    authorizer=Authorizer.token(chat),
    cors=CorsOptions(
        allow_origins=["https://app.example"], allow_headers=["Content-Type", "Authorization"]
    ),
)
