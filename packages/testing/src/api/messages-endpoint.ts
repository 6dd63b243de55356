import { randomValue } from '../authorization-server/random-value.ts'
import type { AppContext, ServerState } from '../authorization-server/server-state.ts'
import { authenticateApiRequest } from './api-authentication.ts'
import { ApiError } from './api-error.ts'
import { readJsonObject } from './json-body.ts'
import { messageStream, type Message } from './message-stream.ts'
import { jsonResponse } from '../authorization-server/json-response.ts'

const TEXT = 'This is the emulator: your token or key was accepted. No model read your message.'

/** Handles `POST /v1/messages`: responds with the same text to every authenticated request, as a stream if asked. */
export async function handleMessagesRequest(context: AppContext, state: ServerState): Promise<Response> {
  authenticateApiRequest(context, state)
  const { model, isStreamed } = readMessagesRequest(await readJsonObject(context.req))
  const message: Message = {
    id: randomValue('msg_'),
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: TEXT, citations: null }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  }
  return isStreamed ? messageStream(message) : jsonResponse(message)
}

function readMessagesRequest(body: Readonly<Record<string, unknown>>): {
  readonly model: string
  readonly isStreamed: boolean
} {
  const { model, max_tokens: maxTokens, messages, stream = false } = body
  if (typeof model !== 'string' || model === '') throw new ApiError(400, 'model: Field required')
  if (!Number.isInteger(maxTokens) || Number(maxTokens) < 1) {
    throw new ApiError(400, 'max_tokens: A positive integer is required')
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new ApiError(400, 'messages: at least one message is required')
  }
  if (typeof stream !== 'boolean') throw new ApiError(400, 'stream: A boolean is required')
  return { model, isStreamed: stream }
}
