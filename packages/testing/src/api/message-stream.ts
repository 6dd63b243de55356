/** A message of the assistant, in wire names. */
export interface Message {
  readonly id: string
  readonly type: 'message'
  readonly role: 'assistant'
  readonly model: string
  readonly content: readonly { readonly type: 'text'; readonly text: string; readonly citations: null }[]
  readonly stop_reason: 'end_turn' | null
  readonly stop_sequence: null
  readonly usage: Readonly<Record<string, number>>
}

type StreamEvent = Readonly<Record<string, unknown>> & { readonly type: string }

/** Responds with a message as server-sent events, a word at a time, as the API streams it. */
export function messageStream(message: Message): Response {
  const events = eventsOf(message)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const next = events.next()
      if (next.done === true) return controller.close()
      const { value } = next
      controller.enqueue(encoder.encode(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
}

/** The events in the order of the API: https://docs.claude.com/en/docs/build-with-claude/streaming */
function* eventsOf(message: Message): Generator<StreamEvent, void> {
  const { content, usage, stop_reason: stopReason, stop_sequence: stopSequence } = message
  yield { type: 'message_start', message: { ...message, content: [], stop_reason: null } }
  for (const [index, block] of content.entries()) {
    yield { type: 'content_block_start', index, content_block: { ...block, text: '' } }
    yield { type: 'ping' }
    for (const text of block.text.split(/(?<= )/)) {
      yield { type: 'content_block_delta', index, delta: { type: 'text_delta', text } }
    }
    yield { type: 'content_block_stop', index }
  }
  yield {
    type: 'message_delta',
    delta: { stop_reason: stopReason, stop_sequence: stopSequence },
    usage: { output_tokens: usage['output_tokens'] },
  }
  yield { type: 'message_stop' }
}
