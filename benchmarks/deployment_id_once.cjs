// Preloaded into Node.js by `python -m benchmarks.synthesis --profile`: CDK's deployment computes its
// logical id once, and not again for each reference. The difference is the cost of the repetitions.
"use strict";
const Module = require("node:module");

const compile = Module.prototype._compile;
Module.prototype._compile = function (source, filename, ...rest) {
  if (!filename.endsWith("aws-apigateway/lib/deployment.js")) {
    return compile.call(this, source, filename, ...rest);
  }
  const once =
    "calculateLogicalId(components){return this.onlyId??=this.computeId(components)}computeId(";
  const patched = source.replace("calculateLogicalId(hashComponents){", `${once}hashComponents){`);
  if (patched === source) throw new Error("this version of CDK has another calculateLogicalId");
  return compile.call(this, patched, filename, ...rest);
};
