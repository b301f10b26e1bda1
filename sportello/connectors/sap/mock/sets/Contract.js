// The service gives a result no property by which it could be told whose it is; here each has its contract's number.
// The mock server looks for this under the name of the entity type, not of its set.
"use strict";

module.exports = {
  getReferentialConstraints(navigation) {
    if (navigation.name !== "MeterReadingResults") return undefined;
    return [{ sourceProperty: "ContractID", targetProperty: "ContractID" }];
  },
};
