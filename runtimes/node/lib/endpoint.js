'use strict';
// Requests to *.amazonaws.com go to the local server. SDKs that read AWS_ENDPOINT_URL need none of this; aws-sdk v2 and early v3
// clients do not read it, and neither do the custom-resource helpers that hard-wire https and port 443. The Host header keeps
// the name that was asked for, by which the server knows the service.

const AWS_HOST = /(^|\.)amazonaws\.com(\.cn)?$/i;

function hostOf(options) {
  const host = options.hostname || options.host;
  return typeof host === 'string' ? host.replace(/:\d+$/, '') : '';
}

function redirectAws(endpoint) {
  const target = new URL(endpoint);
  const http = require('http');
  const https = require('https');
  const plainRequest = http.request;
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity, scheduling: 'lifo' });

  const redirected = (original) =>
    function request(...parameters) {
      const { options, callback } = normalize(parameters);
      const host = hostOf(options);
      if (!AWS_HOST.test(host)) return original.apply(this, parameters);
      const headers = { ...options.headers };
      if (!Object.keys(headers).some((name) => name.toLowerCase() === 'host')) headers.Host = host;
      return plainRequest(
        { ...options, headers, protocol: 'http:', agent, host: target.hostname, hostname: target.hostname, port: target.port || 80 },
        callback,
      );
    };

  const getter = (request) =>
    function get(...parameters) {
      const sent = request.apply(this, parameters);
      sent.end();
      return sent;
    };
  http.request = redirected(http.request);
  https.request = redirected(https.request);
  http.get = getter(http.request);
  https.get = getter(https.request);
  require('module').syncBuiltinESMExports?.();
}

// request(url[, options][, callback]) or request(options[, callback])
function normalize(parameters) {
  const rest = [...parameters];
  let options = {};
  if (typeof rest[0] === 'string' || rest[0] instanceof URL) {
    const url = new URL(rest.shift());
    options = {
      protocol: url.protocol,
      hostname: url.hostname,
      port: url.port || undefined,
      path: url.pathname + url.search,
    };
  }
  if (rest[0] && typeof rest[0] !== 'function') options = { ...options, ...rest.shift() };
  return { options, callback: rest[0] };
}

module.exports = { redirectAws };
