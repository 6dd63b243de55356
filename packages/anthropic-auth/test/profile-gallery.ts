import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { writeProfile } from './tool-login.ts'

export const LONG_EMAIL = 'a.person.with.a.very.long.name.at.a.department@mail.example.com'
export const LONG_NAME = 'profile-of-the-research-group-in-the-second-building'
const ANT = '41077d10-94b8-4194-be48-d251e9eb21b4'
const ORGANIZATION = '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624'
/** In 2033. */
const FAR = 1_999_999_999

/** Creates profiles of every kind with the longest and strangest values that are possible. Returns their folder. */
export function makeGallery(): string {
  const configDir = temporaryFolder()
  const save = (profile: string, credentials: object, authentication: object = {}): void => {
    writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth', ...authentication } }, profile)
    writeProfile(configDir, 'credentials', { access_token: 'a', expires_at: FAR, ...credentials }, profile)
  }
  const organization = { organization_uuid: ORGANIZATION, organization_name: 'Example Organization' }
  const login = { refresh_token: 'r', account_email: 'person@example.com', ...organization }
  save('work', { ...login, scopes: ['user:profile', 'user:inference', 'org:create_api_key'] })
  save(LONG_NAME, { ...login, account_email: LONG_EMAIL })
  save('wide', { ...login, organization_name: '株式会社サンプル 🚀 研究開発部 東京' })
  save('hostile', {
    ...login,
    organization_name: 'Exa\u001B[2J\u001B]0;x\u0007mple\r\n\u202EForged \u009B31m',
  })
  save('ended', { ...login, refresh_token_expires_at: 1_700_000_000, expires_at: 1_700_000_000 })
  save('ants', login, { client_id: ANT })
  save('other', login, { client_id: 'another-client' })
  for (const name of ['one', 'two', 'three']) save(name, login, { login_mode: 'console' })
  const authentication = {
    type: 'oidc_federation',
    federation_rule_id: 'fdrl_ci',
    identity_token: { source: 'file', path: '/var/run/secrets/anthropic/token' },
  }
  writeProfile(configDir, 'configs', { authentication, organization_id: 'an-organization' }, 'machine')
  writeProfile(configDir, 'configs', { authentication: { type: 'oidc_federation' } }, 'incomplete')
  writeProfile(configDir, 'credentials', '{', 'broken')
  writeFileSync(join(configDir, 'active_config'), 'work\n')
  return configDir
}
