/** The known scopes, with a description of what each one allows. */
export const SCOPE_DESCRIPTIONS: Readonly<Record<string, string>> = {
  'org:create_api_key': 'Create API keys for your organization',
  'user:profile': 'See who you are: your name, your email address and your organization',
  'user:inference': 'Send messages to Claude on your behalf',
  'user:sessions:claude_code': 'Use your Claude Code sessions',
  'user:mcp_servers': 'Use your connected MCP servers',
  'user:file_upload': 'Upload files on your behalf',
  'user:developer': 'Use developer features of your account',
}

/** Parses a space-separated list of scopes, and drops duplicates (RFC 6749, section 3.3). */
export function parseScope(scope: string): readonly string[] {
  return [...new Set(scope.split(' ').filter((token) => token !== ''))]
}

export function isKnownScope(scope: string): boolean {
  return Object.hasOwn(SCOPE_DESCRIPTIONS, scope)
}
