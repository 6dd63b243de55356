import { AnthropicAuthError, isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'
import { locateProfile, readProfileConfig } from '@anthropic-auth/profile-store/internal'

/** Whether the settings of a profile are ours to remove: not those of a machine, another program, or unreadable ones. */
export async function isRemovable(profile: string): Promise<boolean> {
  try {
    await assertRemovable(profile)
    return true
  } catch (error) {
    if (isAnthropicAuthError(error)) return false
    throw error
  }
}

/** @throws AnthropicAuthError `store_failed` when the config can't be read; `invalid_config` for another program's */
export async function assertRemovable(profile: string): Promise<void> {
  const { configPath } = await locateProfile({ profile })
  const { clientId } = await readProfileConfig(configPath)
  if (clientId === null || clientId === new OAuthClient().config.clientId) return
  throw new AnthropicAuthError('invalid_config', `Profile '${profile}' belongs to another program`, {
    reason: 'foreign_client',
    hint: `To log out and keep its settings, leave out --remove. To remove them all the same, delete ${configPath} after that.`,
  })
}
