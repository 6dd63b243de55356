/** The client of `ant`, the official command line tool. Its code page takes a parameter that only `ant` sends. */
export const ANT_CLIENT_ID = '41077d10-94b8-4194-be48-d251e9eb21b4'
