import { createAnthropic } from '@ai-sdk/anthropic'
import type * as core from '@anthropic-auth/core'
import type * as testing from '@anthropic-auth/testing'
import { ChatAnthropic } from '@langchain/anthropic'
import { streamText } from 'ai'
import { importFrom } from './packed-module.ts'

const MODEL = 'claude-opus-5-5'
const TEXT = 'This is the emulator: your token or key was accepted. No model read your message.'

type Stream = (apiUrl: string, apiKey: string) => AsyncIterable<string>

const CLIENTS: Readonly<Record<string, Stream>> = {
  'AI SDK, streamText()': streamWithAiSdk,
  'LangChain, stream()': streamWithLangChain,
}

/** Streams a message from the emulator with other clients. Returns the problems by the name of the client. */
export async function clientProblems(project: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const { OAuthClient } = (await importFrom(project, '@anthropic-auth/core')) as typeof core
  const { startEmulator } = (await importFrom(project, '@anthropic-auth/testing')) as typeof testing
  await using emulator = await startEmulator()
  const client = new OAuthClient({ endpoints: emulator.endpoints })
  const flow = client.startFlow('console')
  const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
  const apiKey = await client.createApiKey(tokens)
  const problems = new Map<string, readonly string[]>()
  for (const [name, stream] of Object.entries(CLIENTS)) {
    problems.set(name, await streamProblems(stream(emulator.apiUrl, apiKey)))
  }
  return problems
}

async function streamProblems(stream: AsyncIterable<string>): Promise<readonly string[]> {
  try {
    const pieces: string[] = []
    for await (const piece of stream) pieces.push(piece)
    const isStreamed = pieces.length > 5 && pieces.join('') === TEXT
    return isStreamed ? [] : [`streamed ${JSON.stringify(pieces)}`]
  } catch (error) {
    return [String(error)]
  }
}

function streamWithAiSdk(apiUrl: string, apiKey: string): AsyncIterable<string> {
  const anthropic = createAnthropic({ baseURL: `${apiUrl}/v1`, apiKey })
  return streamText({ model: anthropic(MODEL), prompt: 'Hello' }).textStream
}

async function* streamWithLangChain(apiUrl: string, apiKey: string): AsyncGenerator<string> {
  const model = new ChatAnthropic({ model: MODEL, apiKey, anthropicApiUrl: apiUrl, maxTokens: 64 })
  for await (const { text } of await model.stream('Hello')) {
    if (text !== '') yield text
  }
}
