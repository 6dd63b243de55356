// Calls a provider for tokens of the profile `default`. Its arguments: the folder, the endpoints, the number of calls,
// and their kind. `due` refreshes only when a refresh is due, `forced` always, and `broken` always, while no file can be
// replaced.
import fs from 'node:fs/promises'
import { createTokenProvider, type Endpoints, OAuthClient } from '@anthropic-auth/core'
import { createProfileStore } from '@anthropic-auth/profile-store'

const [configDir, endpoints = '', times, how] = process.argv.slice(2)
const client = new OAuthClient({ endpoints: JSON.parse(endpoints) as Endpoints })
const store = createProfileStore({ profile: 'default', configDir })

if (how === 'broken') {
  const { rename } = fs
  fs.rename = async (from, to) => {
    if (String(to).endsWith('default.json')) throw Object.assign(new Error('disk full'), { code: 'ENOSPC' })
    return rename(from, to)
  }
}

for (let done = 0; done < Number(times); done += 1) {
  await createTokenProvider(client, { store })({ forceRefresh: how !== 'due' })
}
