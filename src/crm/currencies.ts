// The currency codes of ISO 4217 in force (list of 2026-02-01, ODC-PDDL-1.0), and their minor units.

export const CURRENCIES: readonly string[] = `
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD
XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG
`
  .trim()
  .split(/\s+/)

/** The currencies that have no two decimals; those without any minor unit, such as gold, count as whole. */
const DIGITS: Readonly<Record<string, number>> = Object.fromEntries([
  ...list('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF').map((code) => [code, 0]),
  ...list('XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX').map((code) => [code, 0]),
  ...list('BHD IQD JOD KWD LYD OMR TND').map((code) => [code, 3]),
  ...list('CLF UYW').map((code) => [code, 4]),
])

/** How many decimals an amount of the currency has. */
export function minorDigits(currency: string): number {
  return DIGITS[currency] ?? 2
}

function list(codes: string): string[] {
  return codes.split(' ')
}
