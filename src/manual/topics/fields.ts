// Every field of every record: its form, what it means, and how it can be asked for.

import type { Field, Resource } from '../../declare/resources.ts'
import type { Told } from '../topics.ts'

export function fieldsTopic({ resources }: Told): string {
  return `# Fields
A label that an answer prints is the field that you filter by, sort by and send back. Empty fields are left out of text and null in JSON. Every stored field can be filtered and sorted; custom filtered by custom.<key> alone (up to 100 keys of 1 to 64 A-Z a-z 0-9 _, 16 KiB in all).

${resources.map(fieldsOf).join('\n\n')}
`
}

function fieldsOf(resource: Resource): string {
  const { plural, name, prefix, needs, page } = resource
  const lines = Object.entries(resource.fields).map(([field, facts]) => `- ${field}: ${factsOf(facts).join('; ')}`)
  return `## ${plural} (${name}/${prefix}_…)
To make one: ${needs.join(' or ')}. Lists give ${page.default} rows, at most ${page.max}.
${lines.join('\n')}`
}

function factsOf({ kind, about, setBy, unique, default: fallback, summary, search }: Field): string[] {
  const facts = [kind.form]
  if ('maxLength' in kind.schema) facts.push(`at most ${kind.schema.maxLength} characters`)
  if (about) facts.push(about)
  if (unique) facts.push('unique: posting it again updates that record')
  if (setBy) facts.push('set by the server')
  if (typeof fallback === 'string') facts.push(`default ${fallback}`)
  else if (fallback) facts.push('default now')
  if (kind.operators.length > 0) facts.push(`operators ${kind.operators.join(' ')}`)
  if (summary) facts.push('shown in lists')
  if (search) facts.push(search === 'notes' ? 'searched, ranks last' : 'searched')
  return facts
}
