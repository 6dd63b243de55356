import { createProfileStore, type ProfileDescription } from '@anthropic-auth/profile-store'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../profile-store/test/temporary-folder.ts'
import { writeProfile } from '../../../profile-store/test/profile-on-disk.ts'
import { baseUrlSetting } from './host-settings.ts'
import { keysPage } from './keys-page.ts'

async function profileAt({ consoleUrl, baseUrl }: Hosts): Promise<ProfileDescription> {
  const configDir = temporaryFolder()
  const authentication = { type: 'user_oauth', console_url: consoleUrl }
  writeProfile(configDir, 'configs', { authentication, base_url: baseUrl })
  return createProfileStore({ profile: 'default', configDir }).describe()
}

interface Hosts {
  readonly baseUrl?: string
  readonly consoleUrl?: string
}

const PLATFORM = 'https://platform.claude.com/settings/keys'
const OWN: Hosts = { baseUrl: 'https://api.example.com', consoleUrl: 'https://console.example.com' }

describe('keysPage()', () => {
  it.each<[Hosts, string | null]>([
    [{}, PLATFORM],
    [{ baseUrl: 'https://api.anthropic.com' }, PLATFORM],
    [{ consoleUrl: 'https://claude.ai' }, PLATFORM],
    [{ baseUrl: 'http://127.0.0.1:8080' }, 'http://127.0.0.1:8080/settings/keys'],
    [OWN, 'https://console.example.com/settings/keys'],
    [{ baseUrl: 'https://api.example.com' }, null],
  ])('follows the console of the profile: %j', async (hosts, page) => {
    const profile = await profileAt(hosts)
    expect(keysPage({ profile, baseUrl: baseUrlSetting({}, profile) })).toBe(page)
  })

  it('knows nothing of the console of the host that a flag names', async () => {
    const profile = await profileAt(OWN)
    const pageAt = (value: string): string | null =>
      keysPage({ profile, baseUrl: { value, source: '--base-url' } })
    expect(pageAt('https://api.example.org')).toBeNull()
    expect(pageAt('https://api.anthropic.com')).toBe(PLATFORM)
  })
})
