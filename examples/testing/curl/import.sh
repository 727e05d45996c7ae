#!/usr/bin/env bash
# A test in any language is calls over HTTP. Run it with
#   leadline sandbox -- bash examples/testing/curl/import.sh
set -euo pipefail
CONTROL="$LEADLINE_URL/leadline/sandbox/v1"

control() { # METHOD PATH [JSON]
  curl -sS --fail-with-body -X "$1" -H 'X-Leadline-Sandbox: 1' -H 'Content-Type: application/json' ${3:+-d "$3"} "$CONTROL/$2"
}
field() { sed "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/"; }
fail() { echo "$1" >&2; exit 1; }

# A subscription of the test's own.
MADE=$(control POST subscriptions '{}')
ID=$(field id <<<"$MADE")
trap 'control DELETE "subscriptions/$ID" >/dev/null' EXIT
LOGIN="grant_type=client_credentials&client_id=$(field clientId <<<"${MADE%%\"credentials\"*}")&client_secret=$(field clientSecret <<<"${MADE%%\"credentials\"*}")"
AUTH="Authorization: Bearer $(curl -sS "$LEADLINE_URL/identity/oauth/token?$LOGIN" | field access_token)"

# A polling loop sees each status, one after the other.
control PUT "subscriptions/$ID/jobs" '{"progress": "polls:3"}' >/dev/null
BATCH=$(printf 'email,firstName\nada@example.com,Ada\n' |
  curl -sS -H "$AUTH" -F format=csv -F 'file=@-;filename=people.csv' "$LEADLINE_URL/bulk/v1/leads.json" | field batchId)
for EXPECTED in Queued Importing Complete; do
  STATUS=$(curl -sS -H "$AUTH" "$LEADLINE_URL/bulk/v1/leads/batch/$BATCH.json" | field status)
  echo "$STATUS"
  [ "$STATUS" = "$EXPECTED" ] || fail "expected $EXPECTED"
done

# A fault happens once: the answer after it is as usual.
control POST "subscriptions/$ID/faults" '{"on": "lists.query", "do": {"code": "606"}}' >/dev/null
CODE=$(curl -sS -H "$AUTH" "$LEADLINE_URL/rest/v1/lists.json" | field code)
[ "$CODE" = 606 ] || fail "expected 606, not $CODE"
curl -sS -H "$AUTH" "$LEADLINE_URL/rest/v1/lists.json" | grep -q '"success":true' || fail "expected success"

# Eight days later the batch is gone.
control POST "subscriptions/$ID/clock" '{"advance": "P8D"}' >/dev/null
AUTH="Authorization: Bearer $(curl -sS "$LEADLINE_URL/identity/oauth/token?$LOGIN" | field access_token)"
CODE=$(curl -sS -H "$AUTH" "$LEADLINE_URL/bulk/v1/leads/batch/$BATCH.json" | field code)
[ "$CODE" = 1013 ] || fail "expected 1013, not $CODE"
echo "all as expected"
