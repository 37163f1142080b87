// What kind of mail it is, as invites may take no more than their share of the mails that an address gets.

import type { Migration } from '../migrate.ts'

export const mailKinds: Migration = {
  name: '0010-mail-kinds',
  statements: ({ text }) => [`ALTER TABLE outbox ADD COLUMN kind ${text} NOT NULL DEFAULT ''`],
}
