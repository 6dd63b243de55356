/** A step of a login that an application may want to show. */
export interface LoginProgress {
  readonly type:
    | 'browser_opened'
    | 'browser_not_opened'
    | 'port_unavailable'
    | 'paste_refused'
    | 'callback_refused'
    | 'exchanging'
  /** One or more sentences in English. They contain no secret. */
  readonly message: string
}

export type OnProgress = ((event: LoginProgress) => void) | undefined

/** Calls the hook. An error that it throws, or a promise that rejects, must not end the login. */
export function reportProgress(onProgress: OnProgress, type: LoginProgress['type'], message: string): void {
  const tell = async (): Promise<void> => onProgress?.({ type, message })
  tell().catch(() => undefined)
}

/** Joins texts as sentences, each with its full stop. Leaves out those that are empty or undefined. */
export function sentences(...texts: readonly (string | undefined)[]): string {
  return texts
    .filter((text) => text !== undefined && text !== '')
    .map((text) => (/[.!?]$/.test(text ?? '') ? text : `${text}.`))
    .join(' ')
}
