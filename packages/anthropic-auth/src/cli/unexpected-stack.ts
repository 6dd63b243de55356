import { kindOf } from './unexpected-error.ts'

/** A chain of causes may lead back to its beginning. */
const MAX_CAUSES = 5

/** Returns the stack for `--debug`, with those of its causes. Whatever looks like a token is left out. */
export function unexpectedStack(error: unknown, causes: number = MAX_CAUSES): string {
  if (!(error instanceof Error)) return ''
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
  const hasCause = causes > 0 && error.cause instanceof Error
  const cause = hasCause ? [`Caused by: ${unexpectedStack(error.cause, causes - 1)}`] : []
  return [`${kindOf(error)}${messageOf(error)}`, ...frames, ...cause].join('\n')
}

function messageOf(error: Error): string {
  if (error instanceof SyntaxError || error.message === '') return ''
  return `: ${error.message.replaceAll(/sk-ant-[\w-]*|[\w.~+-]{20,}/g, '[hidden]')}`
}
