'use strict';
// awslambda.InvokeStore: per-invocation values that libraries read. A sandbox runs one event at a time, so one plain object,
// emptied when the request changes, is enough.

const KEYS = Object.freeze({
  REQUEST_ID: Symbol.for('_AWS_LAMBDA_REQUEST_ID'),
  X_RAY_TRACE_ID: Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID'),
  TENANT_ID: Symbol.for('_AWS_LAMBDA_TENANT_ID'),
});

function install(awslambda) {
  let owner;
  let values = {};
  const current = () => {
    const id = global[Symbol.for('aws.lambda.runtime.requestId')];
    if (id !== owner) {
      owner = id;
      values = {};
    }
    return values;
  };
  const read = (key) => {
    if (key === KEYS.REQUEST_ID) return global[Symbol.for('aws.lambda.runtime.requestId')];
    if (key === KEYS.TENANT_ID) return global[Symbol.for('aws.lambda.runtime.tenantId')];
    if (key === KEYS.X_RAY_TRACE_ID) return process.env._X_AMZN_TRACE_ID;
    return current()[key];
  };
  awslambda.InvokeStore = {
    PROTECTED_KEYS: KEYS,
    isProtectedKey: (key) => Object.values(KEYS).includes(key),
    getContext: () => current(),
    hasContext: () => owner !== undefined,
    get: read,
    set(key, value) {
      if (this.isProtectedKey(key)) throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
      current()[key] = value;
    },
    getRequestId: () => read(KEYS.REQUEST_ID) ?? '-',
    getXRayTraceId: () => read(KEYS.X_RAY_TRACE_ID),
    getTenantId: () => read(KEYS.TENANT_ID),
    run: (_context, call) => call(),
  };
}

module.exports = { install };
