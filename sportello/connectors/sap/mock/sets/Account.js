// Of an account's addresses one is its standard one, and has a number by which the mock server finds it. It looks for this under
// the name of the entity type, not of its set.
"use strict";

module.exports = {
  getReferentialConstraints(navigation) {
    if (navigation.name !== "StandardAccountAddress") return undefined;
    return [{ sourceProperty: "AccountID", targetProperty: "StandardOf" }];
  },
};
