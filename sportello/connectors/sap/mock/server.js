// SAP's own mock server with the manners of a real gateway around it: sign-in, sessions, CSRF tokens, its error bodies,
// real PDFs, and faults that a test can switch on. Listens on the loopback address only.
//
//   SAP_MOCK_USER=… SAP_MOCK_PASSWORD=… node server.js <port, 0: any> <edmx file> <folder of JSON> <base path>
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const MockServer = require("@sap-ux/fe-mockserver-core").default;

const [port, edmx, folder, base] = process.argv.slice(2);
const { SAP_MOCK_USER: user, SAP_MOCK_PASSWORD: password } = process.env;
const signIn = "Basic " + Buffer.from(`${user}:${password}`).toString("base64");
const READING = new Set(["GET", "HEAD"]);
const FAULTS = new Set([
  ...["none", "down", "slow", "error", "busy", "html", "truncated", "foreign", "session", "huge"],
  ...["token", "lost", "late", "refused"], // of writes alone
]);
const LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Logon</title></head><body>User, password</body></html>";

const sessions = new Map(); // session cookie → CSRF token
let fault = { name: "none", seconds: 0 };

const rows = (set) => JSON.parse(fs.readFileSync(path.join(folder, set + ".json"), "utf8"));
const others = {
  Accounts: rows("Accounts").map((account) => account.AccountID),
  Devices: rows("Devices").map((device) => device.DeviceID),
};
const invoices = new Set(rows("Invoices").map((invoice) => invoice.InvoiceID));

function answer(response, status, type, body, headers = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
  response.writeHead(status, { "Content-Type": type, "Content-Length": bytes.length, ...headers });
  response.end(bytes);
}

function refuse(response, status, code, message, headers = {}) {
  const body = JSON.stringify({ error: { code, message: { lang: "en", value: message } } });
  answer(response, status, "application/json", body, headers);
}

function notFound(response, what) {
  refuse(response, 404, "/IWBEP/CM_MGW_RT/020", `Resource not found for segment '${what}'`);
}

function cookies(request) {
  const pairs = (request.headers.cookie || "").split(/;\s*/).map((pair) => pair.split("="));
  return Object.fromEntries(pairs.filter(([name]) => name));
}

function pdf(number) {
  const text = `Invoice ${number} as billing prints it`.replace(/[\\()]/g, "\\$&");
  const drawing = `BT /F1 14 Tf 60 780 Td (${text}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${Buffer.byteLength(drawing, "latin1")} >>\nstream\n${drawing}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
  ];
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return String(offset).padStart(10, "0") + " 00000 n \n";
  });
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join("")}`;
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return Buffer.from(file + table + trailer, "latin1");
}

// The switch for tests: POST /-/fault {"name": "slow", "seconds": 3}.
function control(request, response) {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    let wanted = {};
    try {
      wanted = JSON.parse(body);
    } catch {
      /* refused below */
    }
    if (!FAULTS.has(wanted.name)) return answer(response, 400, "text/plain", "no such fault");
    fault = { name: wanted.name, seconds: Number(wanted.seconds) || 0 };
    if (fault.name === "session") sessions.clear();
    if (fault.name === "token") for (const session of sessions.keys()) sessions.set(session, "another");
    return answer(response, 200, "application/json", JSON.stringify(fault));
  });
}

// Whether the fault that is switched on has answered, or will not.
function faulty(request, response) {
  switch (fault.name) {
    case "down":
      request.socket.destroy();
      return true;
    case "error":
      refuse(response, 500, "SY/530", "Internal server error");
      return true;
    case "busy":
      answer(response, 503, "text/html", "<html>busy</html>", { "Retry-After": String(fault.seconds) });
      return true;
    case "html":
      answer(response, 200, "text/html; charset=utf-8", LOGIN_PAGE);
      return true;
    case "huge":
      answer(response, 200, "application/json", `{"d": "${"x".repeat(20_000_000)}"}`);
      return true;
    case "refused":
      if (READING.has(request.method)) return false;
      refuse(response, 400, "E9/001", "Il contratto è bloccato per la lettura");
      return true;
    default:
      return false;
  }
}

// A session that the gateway no longer knows gets its login page, with status 200.
function sessionIsOver(request, response) {
  const session = cookies(request).SAP_SESSIONID_DEMO;
  if (!session || sessions.has(session)) return false;
  answer(response, 200, "text/html; charset=utf-8", LOGIN_PAGE);
  return true;
}

// What a gateway does about CSRF: gives a token with a session on request, and wants it back with each write.
function tokenIsMissing(request, response) {
  const given = request.headers["x-csrf-token"] || "";
  if (READING.has(request.method)) {
    if (given.toLowerCase() !== "fetch") return false;
    const session = cookies(request).SAP_SESSIONID_DEMO || crypto.randomUUID();
    const token = sessions.get(session) || crypto.randomBytes(16).toString("base64");
    sessions.set(session, token);
    delete request.headers["x-csrf-token"]; // the mock server would put a token of its own
    response.setHeader("X-CSRF-Token", token);
    response.setHeader("Set-Cookie", [
      `SAP_SESSIONID_DEMO=${session}; Path=/; HttpOnly`,
      `sap-XSRF_DEMO=${crypto.createHash("sha256").update(token).digest("hex")}; Path=${base}; HttpOnly`,
    ]);
    return false;
  }
  if (given && sessions.get(cookies(request).SAP_SESSIONID_DEMO) === given) return false;
  answer(response, 403, "text/plain", "CSRF token validation failed", { "X-CSRF-Token": "Required" });
  return true;
}

// The mock server takes sap-client for another tenant, decodes keys twice and leaves quotes in them doubled; for the
// fault "foreign", somebody else's account or device is asked for.
function rewritten(url) {
  const bare = url.replace(/([?&])sap-client=[^&]*(&|$)/, (_all, mark, more) => (more ? mark : ""));
  const [before, after = ""] = bare.split("?");
  const target = before.replace(/%27%27/g, "%27").replace(/%25/g, "%2525") + (after ? "?" + after : "");
  if (fault.name !== "foreign") return target;
  return target.replace(/(Accounts|Devices)\('([^']*)'\)/, (all, set, key) => {
    const other = others[set].find((code) => code !== decodeURIComponent(key));
    return other === undefined ? all : `${set}('${encodeURIComponent(other)}')`;
  });
}

// Holds back what the mock server writes, to give it a length, an error body, or to cut it off.
function held(response, what) {
  const chunks = [];
  const end = response.end.bind(response);
  response.write = (chunk) => chunks.push(Buffer.from(chunk)) > 0;
  response.end = (chunk) => {
    if (chunk) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks);
    response.end = end;
    if (response.statusCode === 404 && body.length === 0) return notFound(response, what);
    if (!response.hasHeader("Content-Type")) response.setHeader("Content-Type", "application/json");
    response.setHeader("Content-Length", body.length);
    if (fault.name === "truncated") return cut(response, body);
    if (READING.has(response.req.method)) return end(body);
    if (fault.name === "lost") return response.socket.destroy(); // done, and nobody is told
    if (fault.name === "late") return setTimeout(() => end(body), fault.seconds * 1000);
    return end(body);
  };
}

function cut(response, body) {
  response.flushHeaders();
  response.socket.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket.destroy());
  return response;
}

function serve(request, response, router) {
  if (request.headers.authorization !== signIn) {
    const challenge = { "WWW-Authenticate": 'Basic realm="SAP NetWeaver"' };
    return answer(response, 401, "text/html", "<html>401</html>", challenge);
  }
  if (faulty(request, response)) return undefined;
  if (sessionIsOver(request, response) || tokenIsMissing(request, response)) return undefined;
  const document = /\/Invoices\('([^']*)'\)\/InvoicePDF\/\$value$/.exec(request.url.split("?")[0]);
  if (document) {
    const number = decodeURIComponent(document[1]);
    if (!invoices.has(number)) return notFound(response, "Invoice");
    return answer(response, 200, "application/pdf", pdf(number));
  }
  const isService = request.url.split("?")[0].startsWith(base + "/");
  if (!isService) return answer(response, 404, "text/html", "<html>The service cannot be reached</html>");
  request.url = rewritten(request.url);
  held(response, request.url.slice(base.length + 1).split(/[(?/]/)[0]);
  return router(request, response, () => {
    response.statusCode = 404;
    response.end();
  });
}

async function main() {
  const service = { urlPath: base, metadataPath: edmx, mockdataPath: folder, generateMockData: false };
  const mock = new MockServer({ services: [service] });
  await mock.isReady;
  const router = mock.getRouter();
  const server = http.createServer((request, response) => {
    if (request.url === "/-/fault" && request.method === "POST") return control(request, response);
    const wait = fault.name === "slow" ? fault.seconds * 1000 : 0;
    return setTimeout(() => request.socket.destroyed || serve(request, response, router), wait);
  });
  server.listen(Number(port), "127.0.0.1", () => console.log(`listening ${server.address().port}`));
  process.stdin.resume().on("end", () => process.exit(0)); // nobody is left to stop it
}

main();
