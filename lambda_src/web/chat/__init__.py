"""Chat completions as OpenAI's API has them, from Amazon Bedrock or from a chain of words.

`routes` reads a request, a model turns it into pieces, `answer` writes them for the client.
"""
