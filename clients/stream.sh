#!/bin/sh
# Print a stream with curl.
#
#   clients/stream.sh URL [CURL_OPTION ...]
#
#   API_KEY=...       sent as x-api-key
#   TOKEN=...         sent as a bearer token
#   AWS_SIGV4=region  signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
#
# The exit status is that of curl: 18 if the stream was truncated, 22 if the API returned an error,
# 28 if the stream was silent for a minute.
set -eu

url=${1:?usage: clients/stream.sh URL [CURL_OPTION ...]}
shift

# -N: print data when it arrives. --fail-with-body: print the text of an error, and exit with 22.
# --speed-time and --speed-limit: stop after a minute without a byte.
set -- -sSN --fail-with-body --connect-timeout 5 --speed-time 60 --speed-limit 1 "$@"

# A line of curl's configuration, in which a quote or a backslash must be escaped.
option() {
  printf '%s = "%s"\n' "$1" "$(printf %s "$2" | sed 's/[\\"]/\\&/g')"
}

# A pipe passes secrets, because other users of the machine can read options.
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
