// For `--import`: makes a client in every thread, also in the worker of the client, and keeps what becomes of it there.
import { isMainThread } from 'node:worker_threads'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

try {
  const client = new BlockingOAuthClient()
  client.close()
} catch (error) {
  // A worker of the client has the environment of the process.
  if (!isMainThread && isAnthropicAuthError(error)) {
    process.env['INNER_CLIENT'] = `${error.code} ${error.reason}`
  }
}
process.on('exit', () => {
  if (isMainThread) console.log(process.env['INNER_CLIENT'])
})
