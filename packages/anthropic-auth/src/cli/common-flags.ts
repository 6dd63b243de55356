/** The flags that are handled before the command runs. */
interface HandledFlags {
  readonly plain?: boolean
  readonly baseUrl?: string
  readonly consoleUrl?: string
}

/**
 * Handles the flags that mean the same for every command.
 *
 * @throws AnthropicAuthError `invalid_config` for a URL that can't be used, before the command reads or changes anything
 */
export async function applyCommonFlags({ plain, baseUrl, consoleUrl }: HandledFlags): Promise<void> {
  if (plain === true) process.env['ACCESSIBLE'] ??= '1'
  if (baseUrl === undefined && consoleUrl === undefined) return
  const [{ checkedUrl }, { given }] = await Promise.all([import('./settings.ts'), import('./setting.ts')])
  for (const setting of [given('--base-url', baseUrl), given('--console-url', consoleUrl)]) {
    if (setting !== null) checkedUrl(setting)
  }
}
