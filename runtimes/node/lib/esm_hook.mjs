// The resolve hook of esm_paths.js for Node versions that run hooks on a thread of their own.
let parents = [];

export function initialize(data) {
  parents = data.parents;
}

export async function resolve(name, context, next) {
  try {
    return await next(name, context);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^(\.|\/|[a-z]+:)/.test(name)) throw error;
    for (const parentURL of parents) {
      try {
        return await next(name, { ...context, parentURL });
      } catch {
        // the next root may have it
      }
    }
    throw error;
  }
}
