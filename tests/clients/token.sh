#!/bin/sh
# The token way of the OCR API with curl and sed alone: token.sh URL APP_ID SECRET BODY_FILE
path=/v2/identity/auth/api/ocr/generalcharacters
token=$(curl -sS --noproxy '*' --max-time 60 \
  "$1/v1/oauth2/access_token?appId=$2&secret=$3&grantType=client_credentials" |
  sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
curl -sS --noproxy '*' --max-time 60 --data-binary "@$4" "$1$path" -H 'Content-Type: application/json' \
  -H "X-Tsign-Open-App-Id: $2" -H "X-Tsign-Open-Token: $token"
