// What the word index no longer uses: on SQLite all of its tables before FTS5, on PostgreSQL those that only SQLite used.

import type { Migration } from '../migrate.ts'

const ONLY_SQLITE = ['search_waiting', 'search_packs']
const PLAIN = ['search_postings', 'search_records', 'search_endings', 'search_variants', 'search_words']

export const dropOldSearch: Migration = {
  name: '0009-drop-old-search',
  statements: (_, engine) =>
    ({ postgres: ONLY_SQLITE, sqlite: [...ONLY_SQLITE, ...PLAIN] })[engine].map((table) => `DROP TABLE ${table}`),
}
