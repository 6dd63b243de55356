import type { CheckedStep } from './steps.ts'
import type { WireRecord } from './wire-recorder.ts'

export interface TranscriptHead {
  readonly date: Date
  readonly version: string
  readonly runtime: string
  /** The server of the check: the real service, or an emulator. */
  readonly service: string
}

/** Returns the check as Markdown. It contains no secret, since the steps have none. */
export function transcript(
  steps: readonly CheckedStep[],
  { date, version, runtime, service }: TranscriptHead,
): string {
  const failed = steps.filter(({ isOk }) => !isOk).length
  return [
    `# Live check, ${date.toISOString().slice(0, 10)}`,
    `anthropic-auth ${version}, ${runtime}, against ${service}. ${steps.length} steps, ${failed} failed.`,
    'Of what was sent and received, only the names and types of fields are recorded.',
    ...steps.map(stepText),
  ]
    .join('\n\n')
    .concat('\n')
}

function stepText({ mode, name, isOk, notes, wire }: CheckedStep): string {
  return [
    `## ${mode}: ${name}: ${isOk ? 'ok' : 'FAILED'}`,
    notes.map((note) => `- ${note}`).join('\n'),
    ...wire.map(wireText),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function wireText({ request, sent, response, requestId, received }: WireRecord): string {
  const lines = [
    request,
    ...(sent.length > 0 ? [`  sent: ${sent.join(', ')}`] : []),
    `  → ${response}${requestId === null ? '' : `, ${requestId}`}`,
    ...received.map((field) => `    ${field}`),
  ]
  return `\`\`\`text\n${lines.join('\n')}\n\`\`\``
}
