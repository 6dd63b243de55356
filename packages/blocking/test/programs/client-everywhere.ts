// For `--import`: creates a client in every thread, also in the worker of the client, and prints its error there.
import { isMainThread } from 'node:worker_threads'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

try {
  const client = new BlockingOAuthClient()
  client.close()
} catch (error) {
  // The worker of a client shares the environment of the process.
  if (!isMainThread && isAnthropicAuthError(error)) {
    process.env['INNER_CLIENT'] = `${error.code} ${error.reason}`
  }
}
process.on('exit', () => {
  if (isMainThread) console.log(process.env['INNER_CLIENT'])
})
