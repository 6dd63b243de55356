// Uses the official SDK with only its environment: sends requests until a file exists, and fails at the first error.
import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'

const [stop = ''] = process.argv.slice(2)
const anthropic = new Anthropic({ maxRetries: 0 })
while (!existsSync(stop)) {
  await anthropic.messages.create({
    model: 'claude-haiku-5-5',
    max_tokens: 16,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  await wait(500)
}
