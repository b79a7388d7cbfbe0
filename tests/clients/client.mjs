// Both ways of the OCR API in plain Node: node client.mjs signed|token URL APP_ID SECRET BODY_FILE
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

const [way, url, appId, secret, file] = process.argv.slice(2);
const path = "/v2/identity/auth/api/ocr/generalcharacters";
const body = readFileSync(file);
const headers = { Accept: "*/*", "Content-Type": "application/json; charset=UTF-8", "X-Tsign-Open-App-Id": appId };

if (way === "signed") {
  const md5 = createHash("md5").update(body).digest("base64");
  const text = ["POST", headers.Accept, md5, headers["Content-Type"], "", path].join("\n");
  headers["Content-MD5"] = md5;
  headers["X-Tsign-Open-Auth-Mode"] = "Signature";
  headers["X-Tsign-Open-Ca-Timestamp"] = String(Date.now());
  headers["X-Tsign-Open-Ca-Signature"] = createHmac("sha256", secret).update(text).digest("base64");
} else {
  const query = new URLSearchParams({ appId, secret, grantType: "client_credentials" });
  const first = await (await fetch(`${url}/v1/oauth2/access_token?${query}`)).json();
  if (Number(first.data.expiresIn) <= Date.now()) throw new Error("the token has ended before it began");
  const { refreshToken } = first.data;
  const again = new URLSearchParams({ appId, refreshToken, grantType: "refresh_token" });
  const next = await (await fetch(`${url}/v1/oauth2/refresh_token?${again}`)).json();
  headers["X-Tsign-Open-Token"] = next.data.token;
}
const answer = await fetch(url + path, { method: "POST", headers, body });
console.log(await answer.text());
