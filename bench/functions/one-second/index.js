exports.handler = () => new Promise((resolve) => setTimeout(() => resolve({}), 1000));
