// Every error code with its status and what it means: for the OpenAPI document and GET /help/errors.

export interface ErrorWords {
  readonly statuses: readonly number[]
  readonly about: string
}

export const errorWords: Readonly<Record<string, ErrorWords>> = {
  invalid_json: { statuses: [400], about: 'The body is not one JSON object. The hint says where it breaks.' },
  invalid_field: { statuses: [400], about: 'A field that only the server sets. Leave it out.' },
  missing_field: { statuses: [400], about: 'A field that the call needs is missing.' },
  unknown_field: { statuses: [400], about: 'A field that is not there; the hint lists those that are.' },
  invalid_filter: { statuses: [400], about: 'A filter on a field that is not there; the hint lists those that are.' },
  invalid_operator: { statuses: [400], about: 'An operator that the field does not take; eq: escapes a value.' },
  invalid_value: { statuses: [400], about: 'A value of the wrong form; the hint says which form is right.' },
  invalid_sort: { statuses: [400], about: 'A sort by a field that is not there.' },
  invalid_cursor: { statuses: [400], about: 'A cursor of another list. Begin anew without it.' },
  invalid_limit: { statuses: [400], about: 'limit is a whole number from 1 on.' },
  invalid_format: { statuses: [400], about: 'format is text or json; GET /export has its own.' },
  unknown_parameter: {
    statuses: [400],
    about: 'A parameter that the call does not take; the hint lists those it does.',
  },
  auth_required: { statuses: [401], about: 'No token was sent.' },
  invalid_token: { statuses: [401], about: 'The token is unknown or was revoked. Sign in again.' },
  token_expired: {
    statuses: [401],
    about: 'The token, or one that minted it, was not used for long or is too old. Sign in again.',
  },
  invalid_code: { statuses: [401, 403], about: 'A sign-in code (401) or a step-up code (403) is wrong, used or old.' },
  plan_limit_reached: { statuses: [403], about: 'The plan allows no more; details: resource, used, limit.' },
  escalation_required: { statuses: [403], about: 'A code was mailed; repeat the same call with ?code=.' },
  admin_required: { statuses: [403], about: 'Only an admin of the workspace may do this.' },
  connector_scope: { statuses: [403], about: 'This app was not granted tokens and other workspaces.' },
  read_only: { statuses: [403], about: 'This app was granted reading alone.' },
  local_only: { statuses: [403], about: 'A server in local mode answers programs on its own machine alone.' },
  not_found: { statuses: [404], about: 'No such path or record; the hint says where to look.' },
  method_not_allowed: { statuses: [405], about: 'The path takes other methods; see Allow.' },
  confirmation_required: { statuses: [409], about: 'Nothing was deleted yet; repeat the call with ?confirm=.' },
  invalid_confirmation: {
    statuses: [409],
    about: 'The confirmation is old, or the record changed. Ask for a new one.',
  },
  conflict: {
    statuses: [409],
    about: 'Another record has this value, or an Idempotency-Key was used for something else.',
  },
  last_admin: { statuses: [409], about: 'A workspace keeps one admin. Promote somebody first.' },
  version_mismatch: { statuses: [412], about: 'The record changed meanwhile; it follows as it is now.' },
  body_too_large: { statuses: [413], about: 'The body is over 1 MiB (a file for import: 256 MiB). Send less at once.' },
  rate_limited: { statuses: [429], about: 'Too many requests. Wait as Retry-After says.' },
  internal_error: { statuses: [500], about: 'A fault of the server; tell its owner the request id.' },
  not_ready: { statuses: [503], about: 'The database does not answer just now. Repeat in a few seconds.' },
}
