// JSON Schemas of what JSON answers and bodies hold, from the declarations.

import { type Resource, referencesOf } from '../declare/resources.ts'
import { resourceNamed } from '../query/paths.ts'
import type { JsonSchema, Words } from './calls/call-words.ts'
import { errorWords } from './error-words.ts'

export function recordSchemaName({ name }: Resource): string {
  return name[0]!.toUpperCase() + name.slice(1)
}

/** A record as JSON answers have it: empty fields are null; a list holds the fields that it shows. */
export function recordSchema(resource: Resource, resources: readonly Resource[]): JsonSchema {
  const fields = Object.entries(resource.fields).map(([name, { kind, about, always }]) => {
    const schema = about ? { ...kind.schema, description: about } : kind.schema
    return [name, always || kind.keys ? schema : nullable(schema)] as const
  })
  const names = referencesOf(resource).map(({ to }) => {
    const other = resourceNamed(resources, to)
    const description = `of the ${to} that ${to}_id refers to`
    return [`${to}.${other.title}`, { type: ['string', 'null'], description }] as const
  })
  return {
    type: 'object',
    required: ['id'],
    properties: { id: idSchema(resource), ...Object.fromEntries([...fields, ...names]), result: verdict },
    additionalProperties: true,
  }
}

/** What a body may send; `nullable`: null empties a field. */
export function writtenSchema(resource: Resource, empties?: 'nullable'): JsonSchema {
  const fields = Object.entries(resource.fields).filter(([, { setBy }]) => !setBy)
  const properties = fields.map(([name, { kind, about }]) => {
    const schema = about ? { ...kind.schema, description: about } : kind.schema
    return [name, empties ? nullable(schema) : schema] as const
  })
  const version = { type: 'integer', minimum: 1, description: 'the version that the record must have' }
  return {
    type: 'object',
    properties: { ...Object.fromEntries(properties), version },
    patternProperties: { '^custom\\.': { description: 'one key of custom' } },
    additionalProperties: false,
  }
}

/** An object of labelled text, such as what is no record of the CRM answers. */
export function labelledSchema(labels: Words, more: JsonSchema = {}): JsonSchema {
  const properties = Object.entries(labels).map(([label, description]) => [
    label,
    { type: ['string', 'number', 'null'], description },
  ])
  return {
    type: 'object',
    properties: { ...more, ...Object.fromEntries(properties), result: verdict },
    additionalProperties: true,
  }
}

export function listSchema(items: JsonSchema): JsonSchema {
  return {
    type: 'object',
    required: ['items', 'total', 'next_cursor'],
    properties: {
      items: { type: 'array', items },
      total: { type: ['integer', 'string'], description: 'how many there are in all; 10000+ for more than that' },
      next_cursor: { type: ['string', 'null'], description: 'the cursor of the next page; null on the last' },
      note: { type: 'string', description: 'what the question asked for, where that is seldom meant' },
    },
  }
}

/** An error with one of these codes. */
export function errorSchema(codes: readonly string[]): JsonSchema {
  return { allOf: [{ $ref: '#/components/schemas/Error' }, { properties: { error: { enum: codes } } }] }
}

const codes = Object.entries(errorWords)
  .map(([code, { about }]) => `${code}: ${about}`)
  .join('\n')

export const errorBase: JsonSchema = {
  type: 'object',
  required: ['error', 'status', 'hint'],
  properties: {
    error: { type: 'string', description: codes },
    status: { type: 'integer', description: 'the HTTP status' },
    hint: { type: 'string', description: 'what is wrong and what to do next' },
    problems: {
      type: 'array',
      description: 'every fault of a body',
      items: {
        type: 'object',
        required: ['code', 'field', 'problem'],
        properties: { code: { type: 'string' }, field: { type: 'string' }, problem: { type: 'string' } },
      },
    },
    confirm: { type: 'string', description: 'to send as ?confirm=' },
    retry_after: { type: 'integer', description: 'seconds to wait' },
    record: { type: ['object', 'string'], description: 'the record that is in the way, or as it is now' },
  },
  additionalProperties: true,
}

const verdict = { type: 'string', description: 'what became of it: created, updated or deleted' }

function idSchema({ name, prefix }: Resource): JsonSchema {
  return { type: 'string', description: `the bare id; ${name}/${prefix}_… works as well wherever an id is taken` }
}

function nullable(schema: JsonSchema): JsonSchema {
  const { type, enum: values, ...rest } = schema as { type: string; enum?: readonly unknown[] }
  return { type: [type, 'null'], ...(values ? { enum: [...values, null] } : {}), ...rest }
}
