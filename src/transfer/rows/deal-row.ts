// A deal in a file: amounts in minor units, and whether it is still open.

import { CURRENCIES } from '../../crm/currencies.ts'
import { time } from '../../declare/kinds.ts'
import type { Resource } from '../../declare/resources.ts'
import type { Problem } from '../../errors.ts'
import { resourceNamed } from '../../query/paths.ts'
import { quoted } from '../../render/quoted.ts'
import { isAddress } from '../../text/addresses.ts'
import { currencyIn, minorUnits } from '../amounts.ts'
import { readDate } from '../dates.ts'
import type { Draft, Link } from '../draft.ts'
import { OWN_SOURCE } from '../ndjson-read.ts'
import { companyDomain } from '../people-values.ts'
import type { Cell, RowCells } from '../row-cells.ts'
import {
  customOf,
  datesOf,
  identityOf,
  linkIds,
  nameLinked,
  namesSomething,
  notesOf,
  type Reading,
  type RowDraft,
  severalOf,
  tagsOf,
  textsOf,
} from './row.ts'

const DEFAULT_CURRENCY = 'USD'
const WON = /\bwon\b|^gewonnen|^gagn|^ganad|^vint|^ganh/i
const LOST = /\blost\b|^verloren|^perdu|^perdid|^pers[oa]\b|^deleted$/i
const OPEN = /^(?:open|offen|ouvert|abiert|apert|abert)/i
const YES = /^(?:true|yes|1|x|ja|oui|s[ií])$/i

export function dealRow(cells: RowCells, deal: Resource, reading: Reading): RowDraft {
  const links = [companyLink(cells, reading), contactLink(cells, reading)].filter(namesSomething)
  const { kept: keptIds, ...identity } = identityOf(cells, deal, reading, [
    cells.first('title'),
    cells.first('company.name'),
    cells.first('contact.name') ?? cells.first('contact.email'),
  ])
  const money = moneyOf(cells)
  const state = statusOf(cells)
  const { dates, problems } = datesOf(cells, ['expected_close_at', 'follow_up_at'], reading)
  const closed = closedOf(cells, state.status, dates.expected_close_at, reading)
  const custom = customOf(cells, {
    ...state.kept,
    ...closed.kept,
    ...severalOf(cells, ['company', 'contact']),
    ...keptIds,
  })
  return {
    server: closed.server,
    body: {
      ...textsOf(cells, ['title', 'stage', 'owner', 'follow_up_note']),
      ...money.values,
      ...(state.status ? { status: state.status } : {}),
      ...tagsOf(cells, deal, reading),
      ...notesOf(cells),
      ...dates,
      ...custom.custom,
    },
    links,
    ...identity,
    problems: [...money.problems, ...problems, ...custom.problems],
  }
}

function moneyOf(cells: RowCells): { values: Record<string, unknown>; problems: Problem[] } {
  const stated = cells.first('currency')
  const amount = cells.first('amount')
  const cents = cells.first('amount_cents')
  const read =
    stated === undefined
      ? undefined
      : CURRENCIES.includes(stated.toUpperCase())
        ? stated.toUpperCase()
        : currencyIn(stated)
  // What can't be read is left for the API to refuse, which names the field.
  const currency = stated === undefined ? amount && currencyIn(amount) : (read ?? stated)
  const values: Record<string, unknown> = currency ? { currency } : {}
  if (cents !== undefined)
    return { values: { ...values, amount_cents: /^-?\d{1,16}$/.test(cents) ? Number(cents) : cents }, problems: [] }
  if (amount === undefined) return { values, problems: [] }
  const units = minorUnits(amount, currency || DEFAULT_CURRENCY)
  if (units !== undefined) return { values: { ...values, amount_cents: units }, problems: [] }
  const problem = `must be an amount such as 1234.50; ${quoted(amount)} is not`
  return { values, problems: [{ code: 'invalid_value', field: 'amount', problem }] }
}

/** Won and lost as the file says it; else as the name of the stage does: "Closed Won (Sales Pipeline)". */
function statusOf(cells: RowCells): { status?: string; kept: Record<string, string> } {
  const [cell] = cells.all('status')
  const isYes = (target: string) => YES.test(cells.first(target) ?? '')
  const said = cell && statusIn(cell.value)
  const closed = isYes('is_won') ? 'won' : isYes('is_closed') ? 'lost' : undefined
  const status = said ?? closed ?? statusIn(cells.first('stage') ?? '')
  return { status, kept: cell && !said ? { [cell.column.customKey]: cell.value } : {} }
}

/**
 * When a won or lost deal was closed: the date of the column that says so, of several the one for its status; else that
 * on which it was to close, as many products have one date for both. What is not taken is kept.
 */
function closedOf(
  cells: RowCells,
  status: string | undefined,
  expected: string | undefined,
  { restores, source, dateOrder, zone, now }: Reading,
): Pick<Draft, 'server'> & { kept: Record<string, string> } {
  const stated = cells.all('closed_at')
  const dates = stated.map(({ value }) => readDate(value, dateOrder, zone))
  const isOf = (pattern: RegExp, { column }: Cell) => pattern.test(column.header)
  const [meant, other] = status === 'won' ? [/won/i, /lost/i] : [/lost/i, /won/i]
  const fitting = stated.flatMap((cell, at) => (isOf(other, cell) && !isOf(meant, cell) ? [] : [at]))
  const best = fitting.find((at) => isOf(meant, stated[at]!)) ?? fitting[0]
  const date = best === undefined ? expected : dates[best]
  const read = restores && date !== undefined && (status === 'won' || status === 'lost') && time.read(date, zone)
  const isTaken = read && 'value' in read && Number(read.value) * 1000 <= now
  // Our own export has it for every deal; a member's import leaves it out, as the other times.
  const rest = source === OWN_SOURCE ? [] : stated.filter((_, at) => !isTaken || at !== best)
  const kept = Object.fromEntries(rest.map(({ column, value }) => [column.customKey, value]))
  return { server: isTaken ? { closed_at: read.value } : undefined, kept }
}

function statusIn(text: string): 'won' | 'lost' | 'open' | undefined {
  if (WON.test(text)) return 'won'
  if (LOST.test(text)) return 'lost'
  return OPEN.test(text) ? 'open' : undefined
}

function companyLink(cells: RowCells, reading: Reading): Link {
  const title = nameLinked(cells, 'company')
  const domain = companyDomain(cells.first('company.domain') ?? '')
  return {
    ...{ field: 'company_id', to: 'company', title, fills: domain },
    ...linkIds(cells, resourceNamed(reading.resources, 'company'), reading),
    unique: domain ? [domain] : [],
    make: title || domain ? { ...(title ? { name: title } : {}), ...(domain ? { domain } : {}) } : undefined,
  }
}

/** A person is found by id, address or name; one with an address is made where there is none. */
export function contactLink(cells: RowCells, reading: Reading): Link {
  const text = nameLinked(cells, 'contact')
  // HubSpot writes "Ada Byron (ada@acme.example)".
  const bracketed = text === undefined ? null : /\(([^()\s@]+@[^()\s@]+)\)/.exec(text)
  const title = bracketed ? text!.slice(0, bracketed.index).trim() || undefined : text
  const email = [cells.first('contact.email'), bracketed?.[1]].find((each) => each !== undefined && isAddress(each))
  return {
    ...{ field: 'contact_id', to: 'contact', title },
    ...linkIds(cells, resourceNamed(reading.resources, 'contact'), reading),
    unique: email ? [email] : [],
    make: email ? { email, ...(title ? { name: title } : {}) } : undefined,
  }
}
