// Deleted workspaces whose rows go a few at a time. `words_until` is how far the vocabulary of the word index was gone through.

import type { Migration } from '../migrate.ts'

export const workspacesGone: Migration = {
  name: '0012-workspaces-gone',
  statements: ({ text, integer, keyTable }) => [
    `CREATE TABLE workspaces_gone (id ${text} NOT NULL PRIMARY KEY, words_until ${integer} NOT NULL DEFAULT 0) ${keyTable}`,
  ],
}
