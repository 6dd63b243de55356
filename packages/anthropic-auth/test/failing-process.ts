// Loaded before the tool: throws an error outside of all its promises, as soon as the tool runs.
const watch = setInterval(() => {
  if (process.listenerCount('uncaughtException') === 0) return
  clearInterval(watch)
  if (process.env['FAILURE'] === 'json') JSON.parse('sk-ant-oat01-secret')
  const error = new TypeError('Bad value sk-ant-oat01-secret of a-very-long-secret-without-a-prefix')
  if (process.env['FAILURE'] !== 'rejection') throw error
  // eslint-disable-next-line typescript/no-floating-promises
  Promise.reject(error)
}, 1)
