@metrics.log_metrics
def handler(event, context):
    yield "word "
