// pnpm is silent while it installs: see `loglevel` in pnpm-workspace.yaml.
export const hooks = {
  preResolution() {
    console.error('Installing the packages of this workspace …')
  },
}
