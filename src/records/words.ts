// The words under which search finds a record, each with the best place that it stands in.

import type { Resource, SearchPlace } from '../declare/resources.ts'
import type { Words } from '../store/search.ts'
import type { Values } from '../store/write.ts'
import { wordsOf } from '../text/words.ts'

/** Longer records are found by their first so many words. */
const WORDS_MAX = 2_000
const PLACES: readonly SearchPlace[] = ['name', 'key', 'notes']

export function searchWords(resource: Resource, values: Values): Words {
  const words = new Map<string, SearchPlace>()
  for (const place of PLACES)
    for (const [field, { kind, search }] of Object.entries(resource.fields)) {
      const stored = values[field]
      if (search !== place || stored === null || stored === undefined) continue
      const text = kind.alsoSearched ? `${stored} ${kind.alsoSearched(String(stored))}` : String(stored)
      for (const word of wordsOf(text)) if (!words.has(word) && words.size < WORDS_MAX) words.set(word, place)
    }
  return words
}
