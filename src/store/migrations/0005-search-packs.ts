// Long lists of the word index once more, hundreds of records to a row: what is in a row of its own takes ten times as long
// to read.

import type { Migration } from '../migrate.ts'

export const searchPacks: Migration = {
  name: '0005-search-packs',
  statements: ({ text, integer, table }) => [
    `CREATE TABLE search_packs (workspace_id ${text} NOT NULL, resource ${text} NOT NULL, word ${text} NOT NULL,
      notes ${integer} NOT NULL, last ${text} NOT NULL, spots ${text} NOT NULL,
      PRIMARY KEY (workspace_id, resource, word, notes, last)) ${table}`,
    "CREATE INDEX search_packs_loose ON search_packs (workspace_id) WHERE spots = ''",
  ],
}
