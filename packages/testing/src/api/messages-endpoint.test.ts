import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logIn, postJson } from '../../test/raw-login.ts'
import { startEmulator, type Emulator } from '../index.ts'

const TEXT = 'This is the emulator: your token or key was accepted. No model read your message.'

let emulator: Emulator
let anthropic: Anthropic
beforeAll(async () => {
  emulator = await startEmulator()
  const { accessToken } = await logIn(emulator)
  const credentials = async (): Promise<{ token: string; expiresAt: null }> => ({
    token: accessToken,
    expiresAt: null,
  })
  anthropic = new Anthropic({ baseURL: emulator.apiUrl, credentials })
})
afterAll(async () => emulator.close())

const REQUEST = {
  model: 'claude-opus-5-5',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hello' }],
}

describe('POST /v1/messages', () => {
  it('responds with the same text, whole or streamed, as the official SDK reads it', async () => {
    const message = await anthropic.messages.create(REQUEST)
    expect(message.content).toMatchObject([{ type: 'text', text: TEXT }])
    const stream = anthropic.messages.stream(REQUEST)
    const pieces: string[] = []
    stream.on('text', (text) => pieces.push(text))
    const streamed = await stream.finalMessage()
    expect(streamed).toMatchObject({ role: 'assistant', model: 'claude-opus-5-5', stop_reason: 'end_turn' })
    expect(streamed.content).toMatchObject([{ type: 'text', text: TEXT }])
    expect(streamed.usage.output_tokens).toBe(1)
    expect(pieces.slice(0, 3)).toEqual(['This ', 'is ', 'the '])
  })

  it('names each event of the stream as the API does', async () => {
    const types: string[] = []
    for await (const { type } of await anthropic.messages.create({ ...REQUEST, stream: true })) {
      types.push(type)
    }
    expect([...new Set(types)]).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
  })

  it('refuses a stream without a token, and a `stream` that is not a boolean', async () => {
    const url = `${emulator.apiUrl}/v1/messages`
    const version = { 'anthropic-version': '2023-06-01' }
    const { accessToken } = await logIn(emulator)
    const headers = {
      ...version,
      authorization: `Bearer ${accessToken}`,
      'anthropic-beta': 'oauth-2025-04-20',
    }
    expect((await postJson(url, { ...REQUEST, stream: true }, version)).status).toBe(401)
    expect(await postJson(url, { ...REQUEST, stream: 'yes' }, headers)).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid_request_error', message: 'stream: A boolean is required' } },
    })
  })
})
