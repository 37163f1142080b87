// How much one call takes and gives.

/** Of a file that is sent to be imported. */
export const IMPORT_BYTES_MAX = 256 << 20
