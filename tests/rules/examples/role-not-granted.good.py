from aws_cdk import aws_iam as iam

role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/invoke")
StreamingRestApi(stack, "Api", handler=chat, credentials_role=role)
