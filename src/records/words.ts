// The words under which search finds a record: those of its own fields, and of the names of the records it refers to.

import type { Context } from '../context.ts'
import { isSearched, type Resource, referencesOf, type SearchPlace } from '../declare/resources.ts'
import { type Resources, resourceNamed } from '../query/paths.ts'
import { withPauses } from '../store/with-pauses.ts'
import type { Words } from '../store/word-index.ts'
import { findReferring, type Kept, titleOf, type Values } from '../store/write.ts'
import { wordsOf } from '../text/words.ts'
import { workedOut } from '../text/worked-out.ts'
import { referringTo } from './referring.ts'

/** Longer records are found by their first so many words, or letters of words that differ: one write stays a small one. */
const WORDS_MAX = 1_000
const LETTERS_MAX = 8_000
const PLACES: readonly SearchPlace[] = ['name', 'key', 'notes']

/** Puts a record into the word index as it is now, or takes out one that is `gone`. */
export async function indexRecord(
  ctx: Context,
  { resource, resources }: { resource: Resource; resources: Resources },
  { id, values }: Kept,
  what: 'new' | 'changed' | 'gone' = 'changed',
): Promise<void> {
  if (!isSearched(resource)) return
  const { workspaceId } = ctx.caller
  const names = what === 'gone' ? [] : await namesReferredTo(ctx, resource, resources, values)
  const words = what === 'gone' ? new Map() : searchWords(resource, values, names)
  const indexed = { resource, id, createdAt: Number(values.created_at), isNew: what === 'new', isGone: what === 'gone' }
  await ctx.db.dialect.words.put(ctx.db, workspaceId, indexed, words)
}

/** Whether search would find the record by other words after a change of these fields. */
export function changesWords(resource: Resource, fields: readonly string[]): boolean {
  return fields.some((field) => resource.fields[field]!.search || resource.fields[field]!.kind.refersTo)
}

/** Indexes anew what is found by the name of a record whose name has changed. */
export async function indexReferring(ctx: Context, named: Resource, resources: Resources, id: string): Promise<void> {
  for (const { resource, field } of referringTo(named, resources.filter(isSearched))) {
    const referring = await findReferring(ctx.db, ctx.caller.workspaceId, resource, field, id)
    await withPauses(referring, (kept) => indexRecord(ctx, { resource, resources }, kept))
  }
}

async function namesReferredTo(ctx: Context, resource: Resource, resources: Resources, values: Values) {
  const names: string[] = []
  for (const { field, to } of referencesOf(resource)) {
    const id = values[field]
    if (id === null || id === undefined) continue
    const target = resourceNamed(resources, to)
    names.push((await titleOf(ctx.db, ctx.caller.workspaceId, target, String(id))) ?? '')
  }
  return names
}

/** The fields that search looks at, by place. */
const placesOf = workedOut((resource: Resource) =>
  PLACES.map((place) => ({
    place,
    fields: Object.entries(resource.fields).filter(([, { search }]) => search === place),
  })),
)

function searchWords(resource: Resource, values: Values, names: readonly string[]): Words {
  const words = new Map<string, boolean>()
  let letters = 0
  const add = (text: string, notes: boolean) => {
    for (const word of wordsOf(text)) {
      if (words.has(word)) continue
      letters += word.length
      if (words.size === WORDS_MAX || letters > LETTERS_MAX) return
      words.set(word, notes)
    }
  }
  for (const { place, fields } of placesOf(resource)) {
    for (const [field, { kind }] of fields) {
      const stored = values[field]
      if (stored === null || stored === undefined) continue
      add(kind.alsoSearched ? `${stored} ${kind.alsoSearched(String(stored))}` : String(stored), place === 'notes')
    }
    if (place === 'name') for (const name of names) add(name, false)
  }
  return words
}
