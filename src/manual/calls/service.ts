// What needs no token: the manual in its forms, and whether the server is well.

import type { Calls } from './call-words.ts'

const tag = 'Service'
const page = { form: 'page' } as const

export const serviceCalls: Calls = {
  'GET /': { id: 'greet', tag, summary: 'Greeting that points to the manual', answer: page },
  'GET /help': { id: 'readManual', tag, summary: 'The operating manual for agents', answer: page },
  'GET /help/:topic': {
    ...{ id: 'readTopic', tag, summary: 'One topic in depth: the manual ends with their names', answer: page },
    errors: ['not_found'],
  },
  'GET /llms.txt': { id: 'readLlmsTxt', tag, summary: 'The manual, where language models look for it', answer: page },
  'GET /.well-known/agent.md': {
    ...{ id: 'readAgentMd', tag, summary: 'The manual, where agents look for it', answer: page },
  },
  'GET /openapi.json': {
    ...{ id: 'readOpenApi', tag, summary: 'This document' },
    answer: { form: 'raw', types: ['application/json'] },
  },
  'GET /healthz': {
    ...{ id: 'checkHealth', tag, summary: 'Whether the process is up' },
    answer: { form: 'lines', lines: { status: 'ok' } },
  },
  'GET /readyz': {
    ...{ id: 'checkReadiness', tag, summary: 'Whether the database answers and its schema is current' },
    answer: { form: 'lines', lines: { status: 'ok', mail: 'since when mail waits, and why' } },
  },
}
