// An amount of money: a whole number of the currency's minor units, which a caller with a decimal point must hear of.

import { integer, type Kind, type Read } from '../declare/kinds.ts'

const PROBLEM = "must be a whole number of the currency's minor units, such as 500050 for 5,000.50 EUR"

export const minorUnits: Kind = {
  ...integer,
  read: (input, zone) => told(integer.read(input, zone)),
  ask: (text, zone) => told(integer.ask(text, zone)),
}

function told(read: Read): Read {
  return 'problem' in read ? { problem: PROBLEM } : read
}
