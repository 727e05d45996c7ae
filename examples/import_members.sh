#!/usr/bin/env bash
# Import members.csv into the program "Spring Webinar" of the demo, with the status "On List".
# Beside `make run`, in the same directory: bash examples/import_members.sh
set -euo pipefail
BASE=${BASE:-http://127.0.0.1:8080}
CLIENT_ID=$(sed -n 's/.*"client_id": "\(.*\)".*/\1/p' leadline-demo/credentials.json)
CLIENT_SECRET=$(sed -n 's/.*"client_secret": "\(.*\)".*/\1/p' leadline-demo/credentials.json)
TOKEN=$(curl -sS "$BASE/identity/oauth/token?grant_type=client_credentials&client_id=$CLIENT_ID&client_secret=$CLIENT_SECRET" |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')
api() { curl -sS -H "Authorization: Bearer $TOKEN" "$@"; }

# The job: the program in the path, the status beside the file.
CREATED=$(api -F format=csv -F programMemberStatus="On List" -F file=@examples/members.csv \
  "$BASE/bulk/v1/program/1001/members/import.json")
BATCH=$(echo "$CREATED" | sed 's/.*"batchId":\([0-9]*\).*/\1/')

# Its end, whatever it is.
until STATUS=$(api "$BASE/bulk/v1/program/members/import/$BATCH/status.json"); echo "$STATUS" | grep -qE '"status":"(Complete|Failed)"'; do sleep 1; done
echo "$STATUS"

# What was imported with a warning, and what each row did.
api "$BASE/bulk/v1/program/members/import/$BATCH/warnings.json"
api "$BASE/leadline/v1/jobs/$BATCH/ledger.csv"

# Who is in the program now.
api "$BASE/rest/v1/programs/1001/members.json?filterType=statusName&filterValues=On%20List&fields=leadId,statusName,webinarQuestion"
echo
