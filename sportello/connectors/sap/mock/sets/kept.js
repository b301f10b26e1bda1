// Rows that a customer may change, as a gateway takes it: only what is there, with what the metadata lets one set, and kept in a
// file, so that a mock server that was killed still knows it when it is started again. Numbers are SAP's own.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { rows } = require("./indexed.js");

const CHANGED = path.join(__dirname, "..", "changed.jsonl");

function changes(set) {
  if (!fs.existsSync(CHANGED)) return [];
  const lines = fs.readFileSync(CHANGED, "utf8").split("\n");
  return lines
    .slice(0, -1) // what stands after the last line's end was being written
    .map((line) => JSON.parse(line))
    .filter((change) => change.set === set);
}

function refuse(mock, propertyref, message) {
  const details = [{ code: "R11/401", message, propertyref, severity: "error" }];
  const error = { code: "R11/401", message: { lang: "en", value: message }, innererror: { errordetails: details } };
  mock.throwError(message, 400, { error });
}

const WIDTHS = { SequenceNo: 3, BankAccountID: 4, AddressID: 1 };

// ``keys`` tell a row apart; each belongs to an account. ``number`` is the key that SAP gives: of addresses one for all accounts.
// ``settable`` are what may be sent when a row is created, ``changeable`` later. ``objection`` gives [property, message] for what
// SAP would not have of what was sent for a row, and is told what other sets hold. ``complete`` fills in what follows from the
// rest; ``others`` gives those of the account's other rows that are changed by a new one.
function kept({ set, keys, number, settable = [], changeable = [], objection, complete = () => {}, others = () => [] }) {
  const by = new Map();
  const everything = () => [...by.values()].flat();
  const of = (account) => by.get(account) || [];
  const put = (row) => {
    const present = of(row.AccountID);
    const place = present.findIndex((other) => keys.every((name) => other[name] === row[name]));
    complete(row);
    if (place < 0) by.set(row.AccountID, [...present, row]);
    else present[place] = row;
  };
  const take = (row) =>
    by.set(
      row.AccountID,
      of(row.AccountID).filter((other) => other !== row),
    );
  const find = (wanted) => {
    const named = Object.entries(wanted).map(([name, value]) => [name || keys[0], value]);
    const account = named.find(([name]) => name === "AccountID");
    return (account ? of(account[1]) : everything()).filter((row) => named.every(([name, value]) => row[name] === value));
  };
  const write = (change) => fs.appendFileSync(CHANGED, JSON.stringify({ set, ...change }) + "\n");
  const next = (account) => {
    const present = number === "AddressID" ? everything() : of(account);
    const highest = present.reduce((most, row) => Math.max(most, Number(row[number])), 0);
    return String(highest + 1).padStart(WIDTHS[number], "0");
  };
  rows(set).forEach(put);
  for (const change of changes(set)) {
    if (change.removed) find(change.removed).forEach(take);
    else put(change.row);
  }

  async function check(mock, sent, allowed, row, request) {
    const unknown = Object.keys(sent).find((name) => sent[name] !== undefined && name !== "__metadata" && !allowed.includes(name));
    if (unknown) return refuse(mock, unknown, `Property ${unknown} cannot be set`);
    const holds = async (other, wanted) =>
      (await (await mock.base.getEntityInterface(other)).fetchEntries(wanted, request)).length > 0;
    if (!(await holds("Accounts", { AccountID: row.AccountID })))
      return refuse(mock, "AccountID", `Business partner ${row.AccountID} does not exist`);
    const [property, message] = (await objection(sent, row, holds)) || [];
    return property && refuse(mock, property, message);
  }

  return {
    getInitialDataSet: () => [],
    hasEntries: () => true,
    hasEntry: (wanted) => find(wanted).length > 0,
    fetchEntries: (wanted) => structuredClone(find(wanted)),
    getAllEntries: async () => structuredClone(everything()),
    generateKey: () => undefined, // numbers are given out below

    async addEntry(entry, request) {
      const sent = { ...request.requestContent.body };
      for (const name of keys) if (!settable.includes(name)) delete sent[name]; // the mock server puts them there
      await check(this, sent, settable, sent, request);
      const row = { ...structuredClone(sent), [number]: next(sent.AccountID) };
      for (const one of [...others(row, of(row.AccountID)), row]) {
        put(one);
        write({ row: one });
      }
      for (const name of Object.keys(entry)) delete entry[name]; // the answer is what stands there now
      Object.assign(entry, structuredClone(row));
    },

    async updateEntry(wanted, _updated, _patch, request) {
      const [found] = find(wanted);
      const sent = request.requestContent.body;
      await check(this, sent, changeable, found, request);
      const row = { ...found, ...structuredClone(sent) };
      put(row);
      write({ row });
    },

    removeEntry(wanted) {
      for (const row of find(wanted)) {
        take(row);
        write({ removed: Object.fromEntries([...keys, "AccountID"].map((name) => [name, row[name]])) });
      }
    },
  };
}

module.exports = { kept };
