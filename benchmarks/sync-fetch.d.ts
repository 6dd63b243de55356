/** What the suites use of a package without types. */
declare module 'sync-fetch' {
  export default function fetch(
    url: string,
    init: { method: string; headers: object; body: string },
  ): {
    json(): unknown
  }
}
