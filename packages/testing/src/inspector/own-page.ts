/**
 * Whether the request comes from the emulator's own page. The Host must be a loopback name with the emulator's port, so
 * that no other name that resolves to it works (DNS rebinding). The Origin must be the same, so that no other page, not
 * even one on another port, can send it (cross-site request forgery). A browser sends the Origin with each POST.
 */
export function isFromOwnPage(headers: Headers, url: string): boolean {
  const host = headers.get('host') ?? ''
  return isOwnHost(host, url) && headers.get('origin') === `http://${host}` && isSameSite(headers)
}

/** Whether a request to read the page's data may be the page's own. Other pages on the same machine may not. */
export function mayRead(headers: Headers, url: string): boolean {
  return isOwnHost(headers.get('host') ?? '', url) && isSameSite(headers)
}

function isOwnHost(host: string, url: string): boolean {
  const { port } = new URL(url)
  return ['127.0.0.1', 'localhost', '[::1]'].some((name) => host.toLowerCase() === `${name}:${port}`)
}

/** Older browsers and other programs don't send the header. */
function isSameSite(headers: Headers): boolean {
  return ['same-origin', 'none', null].includes(headers.get('sec-fetch-site'))
}
