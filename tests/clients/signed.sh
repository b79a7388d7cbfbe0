#!/bin/sh
# The signature way of the OCR API with openssl and curl alone: signed.sh URL APP_ID SECRET BODY_FILE
path=/v2/identity/auth/api/ocr/generalcharacters
type='application/json;charset=UTF-8'
md5=$(openssl md5 -binary "$4" | openssl base64 -A)
signature=$(printf 'POST\n*/*\n%s\n%s\n\n%s' "$md5" "$type" "$path" |
  openssl dgst -sha256 -hmac "$3" -binary | openssl base64 -A)
curl -sS --noproxy '*' --max-time 60 --data-binary "@$4" "$1$path" -H 'Accept: */*' -H "Content-Type: $type" \
  -H "Content-MD5: $md5" -H "X-Tsign-Open-App-Id: $2" -H 'X-Tsign-Open-Auth-Mode: Signature' \
  -H "X-Tsign-Open-Ca-Timestamp: $(date +%s)000" -H "X-Tsign-Open-Ca-Signature: $signature"
