"""Chat completions in OpenAI's format, from Amazon Bedrock or from a Markov chain.

`routes` reads a request, a model generates `ModelOutput`, and `completion` writes it for the
client.
"""
