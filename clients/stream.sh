#!/bin/sh
# Watch a stream with curl.
#
#   clients/stream.sh URL [CURL_OPTION ...]
#
#   API_KEY=...       sent as x-api-key
#   TOKEN=...         sent as a bearer token
#   AWS_SIGV4=region  signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
#
# The exit status is curl's: 18 when the stream was cut, 22 when the API refused, 28 when it was
# silent for a minute.
set -eu

url=${1:?usage: clients/stream.sh URL [CURL_OPTION ...]}
shift

# -N: print what comes, when it comes. --fail-with-body: an error's text, and a status of its own.
# --speed-time and --speed-limit: give up after a minute without a byte.
set -- -sSN --fail-with-body --connect-timeout 5 --speed-time 60 --speed-limit 1 "$@"

# Secrets go in by a file descriptor: options can be read by everyone on the machine.
{
  if [ -n "${API_KEY:-}" ]; then printf 'header = "x-api-key: %s"\n' "$API_KEY"; fi
  if [ -n "${TOKEN:-}" ]; then printf 'header = "Authorization: Bearer %s"\n' "$TOKEN"; fi
  if [ -n "${AWS_SIGV4:-}" ]; then
    printf 'aws-sigv4 = "aws:amz:%s:execute-api"\n' "$AWS_SIGV4"
    printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
    if [ -n "${AWS_SESSION_TOKEN:-}" ]; then
      printf 'header = "X-Amz-Security-Token: %s"\n' "$AWS_SESSION_TOKEN"
    fi
  fi
} | curl --config - "$@" "$url"
