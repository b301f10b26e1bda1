// Meter reading results as a gateway takes them: the one posted and those that hang on it, all or none, each with a number
// of SAP's own. They are written to a file, so that a mock server that was killed still knows them when it is started again.
// Nothing keeps the same result from being posted twice: that is for the client to see to.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { indexed, rows } = require("./indexed.js");

const CREATABLE = new Set(["DeviceID", "RegisterID", "ReadingResult", "ReadingDateTime", "DependentMeterReadingResults"]);
const POSTED = path.join(__dirname, "..", "posted.jsonl");
const FIRST = 9n * 10n ** 19n; // above every number that the records have

const devices = new Map(rows("Devices").map((device) => [device.DeviceID, device]));
const registers = new Map(rows("RegistersToRead").map((row) => [`${row.DeviceID} ${row.RegisterID}`, row]));

function posted() {
  if (!fs.existsSync(POSTED)) return [];
  const lines = fs.readFileSync(POSTED, "utf8").split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line)); // what stands after the last line's end was being written
}

function objection(result) {
  const named = (propertyref, message) => ({ propertyref, message });
  const unknown = Object.keys(result).find((name) => result[name] !== undefined && !CREATABLE.has(name));
  if (unknown) return named(unknown, `Property ${unknown} cannot be set`);
  if (!devices.has(result.DeviceID)) return named("DeviceID", `Device ${result.DeviceID} does not exist`);
  const register = registers.get(`${result.DeviceID} ${result.RegisterID}`);
  if (!register) return named("RegisterID", `Register ${result.RegisterID} does not exist in the device`);
  if (!/^\d{1,17}(\.\d{1,14})?$/.test(result.ReadingResult)) return named("ReadingResult", "Reading is not a number");
  const places = Number(register.IntegerPlaces);
  if (places && result.ReadingResult.split(".")[0].replace(/^0+/, "").length > places)
    return named("ReadingResult", `Reading has more than ${places} places before the decimal point`);
  if (!/^\/Date\(-?\d+\)\/$/.test(result.ReadingDateTime)) return named("ReadingDateTime", "Reading has no date");
  return undefined;
}

function refuse(mock, { propertyref, message }) {
  const details = [{ code: "E9/042", message, propertyref, severity: "error" }];
  const error = { code: "E9/042", message: { lang: "en", value: message }, innererror: { errordetails: details } };
  mock.throwError(message, 400, { error });
}

function row(result, number) {
  const register = registers.get(`${result.DeviceID} ${result.RegisterID}`);
  return {
    MeterReadingResultID: String(number),
    ContractID: devices.get(result.DeviceID).ContractID,
    DeviceID: result.DeviceID,
    RegisterID: result.RegisterID,
    ReadingResult: result.ReadingResult,
    ReadingDateTime: result.ReadingDateTime,
    ReadingUnit: register.ReadingUnit,
    Consumption: null,
    MeterReadingReasonID: "09",
    MeterReadingCategoryID: "02",
    MeterReadingStatusID: "1",
  };
}

const ASKED_BY = ["MeterReadingResultID", "ContractID", "DeviceID"];
const { keep, set } = indexed(ASKED_BY, [...rows("MeterReadingResults"), ...posted()]);

module.exports = {
  ...set,

  generateKey() {
    return undefined; // numbers are given out below
  },

  async addEntry(entry, request) {
    const sent = request.requestContent.body;
    const below = sent.DependentMeterReadingResults || [];
    const results = [sent, ...(below.results || below)];
    const wrong = results.map(objection).find(Boolean);
    if (wrong) return refuse(this, wrong);
    const next = FIRST + BigInt(posted().length);
    const made = results.map((result, index) => row(result, next + BigInt(index)));
    fs.appendFileSync(POSTED, made.map((one) => JSON.stringify(one) + "\n").join(""));
    made.forEach((one) => keep({ ...one }));
    for (const name of Object.keys(entry)) delete entry[name]; // the answer is what stands there now
    const [first, ...others] = made;
    return Object.assign(entry, first, { DependentMeterReadingResults: { results: others } });
  },
};
