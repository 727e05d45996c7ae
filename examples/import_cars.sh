#!/usr/bin/env bash
# Import cars.csv into the custom object "car_c" of the demo; each car belongs to a lead.
# Beside `make run`, in the same directory: bash examples/import_cars.sh
set -euo pipefail
BASE=${BASE:-http://127.0.0.1:8080}
CLIENT_ID=$(sed -n 's/.*"client_id": "\(.*\)".*/\1/p' leadline-demo/credentials.json)
CLIENT_SECRET=$(sed -n 's/.*"client_secret": "\(.*\)".*/\1/p' leadline-demo/credentials.json)
TOKEN=$(curl -sS "$BASE/identity/oauth/token?grant_type=client_credentials&client_id=$CLIENT_ID&client_secret=$CLIENT_SECRET" |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/')
api() { curl -sS -H "Authorization: Bearer $TOKEN" "$@"; }

# The job: the API name of the custom object in the path.
CREATED=$(api -F format=csv -F file=@examples/cars.csv "$BASE/bulk/v1/customobjects/car_c/import.json")
BATCH=$(echo "$CREATED" | sed 's/.*"batchId":\([0-9]*\).*/\1/')

# Its end, whatever it is.
until STATUS=$(api "$BASE/bulk/v1/customobjects/car_c/import/$BATCH/status.json"); echo "$STATUS" | grep -qE '"status":"(Complete|Failed)"'; do sleep 1; done
echo "$STATUS"

# What failed, and what each row did.
api "$BASE/bulk/v1/customobjects/car_c/import/$BATCH/failures.json"
api "$BASE/leadline/v1/jobs/$BATCH/ledger.csv"

# The cars of one owner.
api "$BASE/rest/v1/customobjects/car_c.json?filterType=owner&filterValues=omar.vandijk0@example.org&fields=vin,make,model,owner"
echo
