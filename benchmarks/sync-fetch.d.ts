/** The part of a package without types that the suites use. */
declare module 'sync-fetch' {
  export default function fetch(
    url: string,
    init: { method: string; headers: object; body: string },
  ): {
    json(): unknown
  }
}
