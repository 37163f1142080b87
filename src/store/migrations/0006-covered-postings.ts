// Searches count the postings of a word's beginning by their `shared` letters: from the key alone, rather than row by row.

import type { Migration } from '../migrate.ts'

export const coveredPostings: Migration = {
  name: '0006-covered-postings',
  statements: ({ coverKey }) =>
    coverKey('search_postings', ['workspace_id', 'resource', 'word', 'notes', 'spot'], 'shared'),
}
