// Amounts as people and products write them, to whole minor units: "$1,200.50", "1.234,56 €", "(500)".

import { CURRENCIES, minorDigits } from '../crm/currencies.ts'

const AMOUNT_LENGTH_MAX = 60
const SYMBOLS: Readonly<Record<string, string>> = {
  ...{ '€': 'EUR', '£': 'GBP', '¥': 'JPY', '￥': 'JPY', '₹': 'INR', '₩': 'KRW', '₽': 'RUB', '₺': 'TRY', '₪': 'ILS' },
  ...{ R$: 'BRL', US$: 'USD', A$: 'AUD', C$: 'CAD', zł: 'PLN', '฿': 'THB', '₫': 'VND', '₴': 'UAH', '₦': 'NGN' },
}

/** The currency that the text of an amount names; `$` alone names none for sure. */
export function currencyIn(text: string): string | undefined {
  const letters = /[A-Za-z]{3}/.exec(text)?.[0]?.toUpperCase()
  if (letters && CURRENCIES.includes(letters)) return letters
  const symbols = Object.keys(SYMBOLS).sort((a, b) => b.length - a.length)
  const symbol = symbols.find((each) => text.includes(each))
  return symbol && SYMBOLS[symbol]
}

/**
 * Minor units of the currency, rounded half away from zero where the text has more decimals. Undefined where it is no
 * amount, or one past 2^53.
 */
export function minorUnits(text: string, currency: string): number | undefined {
  if (text.length > AMOUNT_LENGTH_MAX) return undefined
  const compact = text.replace(/[\p{White_Space}'’]/gu, '').replace(/zł/g, '')
  const bare = compact.replace(/^([(+\-−]*)[A-Za-z]{1,3}\.?|[A-Za-z]{1,3}\.?$/g, '$1').replace(/\p{Sc}/gu, '')
  const negative = /^\(.*\)$/.test(bare) || bare.startsWith('-') || bare.startsWith('−') || bare.endsWith('-')
  const number = bare.replace(/^[(+\-−]+|[)-]+$/g, '')
  const digits = minorDigits(currency)
  const parts = split(number, digits)
  if (!parts) return undefined
  const scaled = `${parts.whole}${parts.decimals.slice(0, digits).padEnd(digits, '0')}`
  const roundUp = Number(parts.decimals[digits] ?? 0) >= 5 ? 1 : 0
  const units = Number(scaled) + roundUp
  if (!Number.isSafeInteger(units)) return undefined
  return negative && units !== 0 ? -units : units
}

/** Tells the decimal separator from those of the thousands. */
function split(number: string, digits: number): { whole: string; decimals: string } | undefined {
  const exponent = /^(\d+(?:\.\d+)?)e\+?(\d{1,2})$/i.exec(number)
  if (exponent) {
    const value = Number(number)
    return split(Number.isSafeInteger(Math.round(value)) ? value.toFixed(4) : BigInt(value).toString(), digits)
  }
  if (!/^\d[\d.,]*$|^[.,]\d+$/.test(number)) return undefined
  const last = Math.max(number.lastIndexOf('.'), number.lastIndexOf(','))
  if (last < 0) return { whole: number, decimals: '' }
  const separator = number[last]!
  const [before, after] = [number.slice(0, last), number.slice(last + 1)]
  const isThousands = before.includes(separator) || (!/[.,]/.test(before) && mayBeThousands(before, after, digits))
  const grouped = isThousands ? number : before
  if (!/^\d*$|^\d{1,3}(?:[.,]\d{2,3})*$/.test(grouped)) return undefined
  const whole = grouped.replace(/[.,]/g, '')
  return { whole: whole === '' ? '0' : whole, decimals: isThousands ? '' : after }
}

/** `1.500` is fifteen hundred, unless the currency has three decimals; `0.125` and `15000.125` are what they seem. */
function mayBeThousands(before: string, after: string, digits: number): boolean {
  return after.length === 3 && digits !== 3 && before.length <= 3 && !/^0?$/.test(before)
}
