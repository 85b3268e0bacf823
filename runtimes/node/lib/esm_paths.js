'use strict';
// Lets `import 'name'` find packages on NODE_PATH, as it does on Lambda. Node itself looks there for require() only. The server
// asks for this only for functions with layers; others find the SDK in a parent folder of their code, which costs nothing.

function register(nodePath) {
  const roots = nodePath.split(':').filter(Boolean);
  const module = require('module');
  const { pathToFileURL } = require('url');
  const parents = roots.map((root) => pathToFileURL(root.replace(/\/node_modules\/?$/, '') + '/anything.js').href);
  if (typeof module.registerHooks === 'function') {
    module.registerHooks({
      resolve(name, context, next) {
        try {
          return next(name, context);
        } catch (error) {
          if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^(\.|\/|[a-z]+:)/.test(name)) throw error;
          for (const parentURL of parents) {
            try {
              return next(name, { ...context, parentURL });
            } catch {
              // the next root may have it
            }
          }
          throw error;
        }
      },
    });
  } else if (typeof module.register === 'function') {
    module.register('./esm_hook.mjs', { parentURL: pathToFileURL(__filename).href, data: { parents } });
  }
}

module.exports = { register };
