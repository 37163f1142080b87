// What OAuth endpoints answer when they refuse (OAuth 2.1 §3.2.4, RFC 7591 §3.2.2): JSON with a code of the standard
// and a sentence.

export type FaultCode =
  | 'access_denied'
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_request'
  | 'invalid_target'
  | 'temporarily_unavailable'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'

export interface Fault {
  readonly error: FaultCode
  /** A sentence of ours, ASCII without quotes and backslashes, as the standard has it. */
  readonly error_description: string
}

export function fault(error: FaultCode, error_description: string): Fault {
  return { error, error_description }
}

export function isFault(value: object): value is Fault {
  return 'error' in value
}
