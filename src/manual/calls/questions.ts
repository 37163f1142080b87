// Questions over several nouns, and whole workspaces in and out.

import { isSearched, type Resource } from '../../declare/resources.ts'
import type { Calls, Words } from './call-words.ts'

const tag = 'Questions'
const event: Words = {
  at: 'when',
  action: 'create, update, delete, or prune where the owner removed old entries',
  target: 'the handle of the record',
  by: 'the address of who did it',
  token: 'the name of their token',
}
const page: Words = { limit: 'how many rows, from 1 on', cursor: 'the next_cursor of the page before' }

export function questionCalls(resources: readonly Resource[]): Calls {
  const searched = resources.filter(isSearched)
  return {
    'GET /search': {
      ...{ id: 'search', tag, summary: 'Fuzzy search over all records, grouped, best match first' },
      parameters: {
        q: 'what to look for; every word must match, typos are forgiven',
        types: `which records: a list of ${searched.map(({ plural }) => plural).join(', ')}`,
        limit: 'how many rows a group; 10 unless given',
      },
      answer: { form: 'groups', of: Object.fromEntries(searched.map(({ plural, name }) => [plural, name])) },
    },
    'GET /reminders': {
      ...{ id: 'listReminders', tag, summary: 'Records whose follow_up_at is due, earliest first' },
      about: 'One is done with a PATCH of its record: {"follow_up_at":null,"follow_up_note":null}.',
      parameters: { days: 'due by now and so many days more; 0 unless given', limit: page.limit! },
      answer: {
        form: 'list',
        of: {
          name: 'of a contact',
          title: 'of a deal',
          follow_up_at: 'when',
          follow_up_note: 'what',
          overdue: 'yes on past ones',
        },
      },
    },
    'GET /audit': {
      ...{ id: 'listAudit', tag, summary: 'Who changed what and when, with old and new values, newest first' },
      parameters: {
        target: 'the handle of a record, such as contact/c_7k2m9qxa',
        by: 'the whole address of who did it, or owner',
        token: 'the name of the token that it was done with',
        action: 'create, update, delete or prune',
        since: 'a time or a date',
        at: 'when: gte:, gt:, lte: or lt: with a time or a date; may be given twice',
        ...page,
      },
      answer: { form: 'list', of: event },
    },
    'GET /export': {
      ...{ id: 'exportRecords', tag, summary: 'A consistent snapshot of the workspace as a stream' },
      parameters: {
        types: 'which records: a list; all unless given, one with csv',
        format: 'ndjson (default), csv or vcard',
      },
      answer: { form: 'raw', types: ['application/x-ndjson', 'text/csv', 'text/vcard'] },
    },
    'POST /import': {
      ...{
        id: 'importRecords',
        tag,
        summary: 'Records from CSV, vCard or NDJSON; the same file again changes nothing twice',
      },
      parameters: {
        dry_run: 'true: show what each column becomes and which rows are faulty, and change nothing',
        type: 'contacts, companies, deals or activities; detected unless given',
        source: 'csv, vcard, ndjson, or the product whose ids the rows have; detected unless given',
        map: 'what columns become: Header:field,Other:custom.key,Third:- (left out); #3 is the third column',
        existing: 'what happens to records that exist: update (default), fill (only empty fields), or skip',
        dates: 'how dates such as 3/4/2026 are read: dmy or mdy',
        encoding: 'of the file, such as windows-1252; detected unless given',
        from_row:
          'the row to begin with; those before are forgotten too, so after a break rather send the whole file again',
      },
      body: { schema: { type: 'string', description: 'the file as it is' } },
      answer: {
        form: 'lines',
        lines: {
          source: 'which product wrote the file',
          form: 'csv, vcard or ndjson',
          encoding: 'of the file',
          delimiter: 'between the columns',
          type: 'which records the rows are',
          rows: 'how many there are',
          created: 'how many records were made',
          updated: 'how many were changed',
          unchanged: 'how many were so already',
          faulty: 'how many rows were left out',
          repeated: 'how many rows are the record of an earlier row: the first wins, later ones fill its gaps',
        },
        lists: {
          columns: ['header', 'target', 'kept_as', 'filled', 'example'],
          problems: ['row', 'field', 'problem'],
          links: ['headers', 'target', 'by', 'rows'],
          warnings: ['field', 'problem', 'count', 'rows'],
        },
      },
      errors: ['plan_limit_reached'],
    },
  }
}
