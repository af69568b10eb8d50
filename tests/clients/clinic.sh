#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a clinic's own program does with Chartroom, with nothing but curl and jq: adds a patient, finds a portal, begins a
# session and gives its address to the patient, reads what came of it, waits for the records, reads them, and starts another
# pull.
#
# clinic.sh URL PATIENT PORTAL: the key is in CHARTROOM_API_KEY, never on the command line.
# CHARTROOM_SIGN_IN is a command that takes the session's address and signs the patient in; without it a person does.
# A shell cannot be called up by a webhook: CHARTROOM_LISTEN is a command that can (listen.mjs beside this file says how),
# and then the script waits for events whose signature was verified; without it, it asks every second.
set -eu
url=$1 patient=$2 portal=$3
folder=$(mktemp -d)
listener='' webhook=''
leave() {
  [ -z "$webhook" ] || curl -sS -K "$folder/key" -o /dev/null -X DELETE "$url/webhooks/$webhook" || true
  [ -z "$listener" ] || kill "$listener" 2>/dev/null || true
  rm -rf "$folder"
}
trap leave EXIT
umask 077
printf 'header = "Authorization: Bearer %s"\nheader = "Version: 2026-04-25"\n' "$CHARTROOM_API_KEY" >"$folder/key"

say() { printf '%s\n' "$*"; }

# ask METHOD PATH [BODY]: the answer on standard output; ends the program with the code of the envelope when it is refused.
ask() {
  set -- "$1" "$url$2" "${3-}"
  status=$(curl -sS -K "$folder/key" -o "$folder/answer" -w '%{http_code}' -X "$1" "$2" \
    ${3:+-H "Content-Type: application/json" --data-binary "$3"})
  if [ "$status" -ge 300 ]; then
    jq -r '"\(.error.code): \(.error.message) (request \(.error.request_id))"' "$folder/answer" >&2
    exit 1
  fi
  cat "$folder/answer"
}

escape() { printf '%s' "$1" | jq -sRr @uri; }

# heard TYPE: waits for a verified event of it.
heard() {
  until grep -q "^verified $1 " "$folder/events"; do sleep 0.2; done
}

# 0. Who is to be told.
if [ -n "${CHARTROOM_LISTEN-}" ]; then
  mkfifo "$folder/secret"
  : >"$folder/events"
  $CHARTROOM_LISTEN <"$folder/secret" >"$folder/events" &
  listener=$!
  exec 3>"$folder/secret"
  until [ -s "$folder/events" ]; do sleep 0.1; done
  webhook=$(ask POST /webhooks "$(jq -n --arg url "$(head -n 1 "$folder/events")" '{url: $url, events: ["*"], description: "clinic.sh"}')")
  printf '%s' "$webhook" | jq -r .secret >&3
  webhook=$(printf '%s' "$webhook" | jq -r .id)
fi

# 1. The patient, under the clinic's own id.
ask POST /patients "$(jq -n --arg id "$patient" '{patient_id: $id, metadata: {asked_by: "clinic.sh"}}')" >/dev/null
say "1 patient added"

# 2. The portal, by a part of its name.
source=$(ask GET "/connections?limit=20&q=$(escape "$portal")" | jq -r '.data[0].id')
say "2 found $source"

# 3. A session: its address is for the patient, in a browser.
body=$(jq -n --arg id "$patient" --arg source "$source" \
  '{patient_id: $id, connection_id: $source, return_url: "http://127.0.0.1:9/back"}')
session=$(ask POST /patient-sessions "$body")
id=$(printf '%s' "$session" | jq -r .id)
say "3 session $id"
if [ -n "${CHARTROOM_SIGN_IN-}" ]; then
  $CHARTROOM_SIGN_IN "$(printf '%s' "$session" | jq -r .url)"
else
  say "  open $(printf '%s' "$session" | jq -r .url)"
fi

# 4. What came of it: the patient's return proves nothing, the session does.
[ -z "$listener" ] || heard patient_session.completed
until [ "$(ask GET "/patient-sessions/$id" | jq -r .status)" != open ]; do sleep 1; done
connected=$(ask GET "/patient-sessions/$id" | jq '[.connections[] | select(.status == "active")] | length')
[ "$connected" -gt 0 ] || { say "4 nothing was connected"; exit 1; }
say "4 connected${listener:+; told by a verified patient_session.completed}"

# 5. The patient's facilities, with their names: the failed ones left out, the catalog looked up.
here=/patients/$(escape "$patient")
for each in $(ask GET "$here" | jq -r '.connections[] | select(.status != "failed") | .connection_id'); do
  say "5 $(ask GET "/connections/$each" | jq -r '"\(.name) at \(.fhir_base_url)"')"
done

# 6. The records are ready when the pull has settled, which is later.
[ -z "$listener" ] || heard records.sync.completed
until ask GET "$here/pulls?limit=1" | jq -e '.data[0].status | . == "complete" or . == "partial"' >/dev/null; do sleep 1; done
say "6 $(ask GET "$here/pulls?limit=1" | jq -r '.data[0] | "\(.status): \(.received) received, \(.failed) queries failed"')"

# 7. The records: page by page, and all at once as a FHIR Bundle; the second time only if something is new.
count=0 cursor=
while :; do
  page=$(ask GET "$here/records?count=100${cursor:+&starting_after=$cursor}")
  count=$((count + $(printf '%s' "$page" | jq '.data | length')))
  cursor=$(printf '%s' "$page" | jq -r '.next_cursor // empty')
  [ -n "$cursor" ] || break
done
curl -sS -K "$folder/key" --compressed -D "$folder/head" -o "$folder/bundle" "$url$here/\$everything"
entries=$(jq '.entry | length' "$folder/bundle")
[ "$entries" = "$count" ] || { say "7 $entries entries, but $count records"; exit 1; }
etag=$(sed -n 's/\r$//; s/^[Ee][Tt][Aa][Gg]: //p' "$folder/head")
again=$(curl -sS -K "$folder/key" -H "If-None-Match: $etag" -o /dev/null -w '%{http_code}' "$url$here/\$everything")
[ "$again" = 304 ] || { say "7 the same Bundle again: $again"; exit 1; }
say "7 $count records, and nothing new"

# 8. Another pull by hand, asked for twice under one key and done once; and where records went.
twice() {
  curl -sS -K "$folder/key" -H "Idempotency-Key: clinic-$id" -X POST "$url$here/pulls" | jq -r '.data[0].id'
}
first=$(twice)
[ "$first" = "$(twice)" ] || { say "8 two pulls"; exit 1; }
until ask GET "/pulls/$first" | jq -e '.status | . == "complete" or . == "partial"' >/dev/null; do sleep 1; done
say "8 pull $first is $(ask GET "/pulls/$first" | jq -r .status); $(ask GET /destinations | jq '.data | length') destinations"

if [ -n "$listener" ] && grep -q '^refused' "$folder/events"; then
  say "A delivery was not verified"
  exit 1
fi
