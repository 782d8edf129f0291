from aws_cdk.aws_logs import LogGroup

there = LogGroup.from_log_group_name(stack, "There", "/aws/lambda/chat")
FunctionLogMetrics(stack, "Metrics", function=chat, log_group=there)
