"""Why a deployed API does not stream: rules run on what AWS answers.

May import `knowledge`, `reporting` and `sources`. Never imports aws_cdk; boto3 only when it runs.
"""
