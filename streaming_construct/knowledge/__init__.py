"""What is known about streaming REST APIs: the model, the limits, the rules.

Pure: plain data and plain functions. Imports the standard library and nothing else of this package.
"""
