import { kindOf } from './unexpected-error.ts'

/** Returns the stack for `--debug`, with that of each cause. Whatever looks like a token is left out. */
export function unexpectedStack(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
  const cause = error.cause instanceof Error ? [`Caused by: ${unexpectedStack(error.cause)}`] : []
  return [`${kindOf(error)}${messageOf(error)}`, ...frames, ...cause].join('\n')
}

function messageOf(error: Error): string {
  if (error instanceof SyntaxError || error.message === '') return ''
  return `: ${error.message.replaceAll(/sk-ant-[\w-]*|[\w.~+-]{20,}/g, '[hidden]')}`
}
