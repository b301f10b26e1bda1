// Rows that are found by what they are asked for, where the mock server would look at tens of thousands each time.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const rows = (set) => JSON.parse(fs.readFileSync(path.join(__dirname, set + ".json"), "utf8"));

// A set whose rows are asked for by one of ``names``, of which the first is its key, and perhaps others besides.
function indexed(names, found) {
  const kept = new Map(names.map((name) => [name, new Map()]));
  const keep = (row) => {
    for (const [name, by] of kept) {
      if (!by.has(row[name])) by.set(row[name], []);
      by.get(row[name]).push(row);
    }
  };
  found.forEach(keep);
  return {
    keep,
    set: {
      getInitialDataSet: () => [],
      hasEntries: () => true,
      fetchEntries(keys) {
        const [[name, value], ...others] = Object.entries(keys);
        const same = kept.get(name || names[0]).get(value) || [];
        return same.filter((row) => others.every(([other, wanted]) => row[other] === wanted));
      },
      getAllEntries: async () => [...kept.get(names[0]).values()].flat().map((row) => ({ ...row })),
    },
  };
}

module.exports = { indexed, rows };
