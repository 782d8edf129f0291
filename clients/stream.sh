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

# A line of curl's configuration, in which a quote or a backslash must be escaped.
option() {
  printf '%s = "%s"\n' "$1" "$(printf %s "$2" | sed 's/[\\"]/\\&/g')"
}

# Secrets go in by a pipe: options can be read by everyone on the machine.
{
  if [ -n "${API_KEY:-}" ]; then option header "x-api-key: $API_KEY"; fi
  if [ -n "${TOKEN:-}" ]; then option header "Authorization: Bearer $TOKEN"; fi
  if [ -n "${AWS_SIGV4:-}" ]; then
    option aws-sigv4 "aws:amz:$AWS_SIGV4:execute-api"
    option user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"
    if [ -n "${AWS_SESSION_TOKEN:-}" ]; then
      option header "X-Amz-Security-Token: $AWS_SESSION_TOKEN"
    fi
  fi
} | curl --config - "$@" "$url"
