@metrics.log_metrics
@stream_in_call
def handler(event, context):
    yield "word "
