// What goes wrong inside, as the caller may hear of it: the log says why, the answer does not.

import type { Logger } from 'pino'
import { ApiError, fail } from '../errors.ts'

/** The answer to whatever was thrown while the request `id` was carried out; what no caller did is logged. */
export function asApiError(error: unknown, id: string, log: Logger): ApiError {
  if (error instanceof ApiError) {
    if (error.cause) log.error({ id, err: error.cause }, error.code)
    return error
  }
  log.error({ id, err: error }, 'internal_error')
  return fail.internalError({ requestId: id })
}
