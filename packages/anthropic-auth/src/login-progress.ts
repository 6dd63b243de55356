/** Something that a person who waits for a login may want to hear. */
export interface LoginProgress {
  readonly type:
    | 'browser_opened'
    | 'browser_not_opened'
    | 'port_unavailable'
    | 'paste_refused'
    | 'callback_refused'
    | 'exchanging'
  /** A sentence or two in English, without a secret. */
  readonly message: string
}

export type OnProgress = ((event: LoginProgress) => void) | undefined

/** Whoever only listens must not end a login, by an exception or a promise that rejects. */
export function reportProgress(onProgress: OnProgress, type: LoginProgress['type'], message: string): void {
  const tell = async (): Promise<void> => onProgress?.({ type, message })
  tell().catch(() => undefined)
}

/** Sentences of a message and what to do next, each with its full stop. */
export function sentences(...texts: readonly (string | undefined)[]): string {
  return texts
    .filter((text) => text !== undefined && text !== '')
    .map((text) => (/[.!?]$/.test(text ?? '') ? text : `${text}.`))
    .join(' ')
}
