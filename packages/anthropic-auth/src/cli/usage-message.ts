/** What the parser says of wrong arguments, without those that may be a code or a token pasted into the wrong place. */
export function usageMessage(text: string): string {
  return text.replace(/(\bbut got \d+): [^]*\./, '$1.').replaceAll(/sk-ant-[\w-]*/g, '[hidden]')
}
