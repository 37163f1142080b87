// Maven's CRM Sales Opportunities as records of crmkit: accounts are companies, sales agents own deals, opportunities are
// deals. The data has neither domains nor contacts; domains are invented under .example, so that a company posted twice
// is one company.

import type { Body } from './load.ts'
import { type Line, readTable, slug } from './tables.ts'

/** The pipeline spells one product another way than the price list. */
const PRODUCTS: Readonly<Record<string, string>> = { GTXPro: 'GTX Pro' }
const STATUSES: Readonly<Record<string, string>> = { Won: 'won', Lost: 'lost' }

export interface Maven {
  readonly companies: readonly Body[]
  /** Given the ids of the companies, by name. */
  readonly deals: (idOf: (company: string) => string | undefined) => Body[]
  /** Each manager's agents. */
  readonly teams: ReadonlyMap<string, readonly string[]>
}

export function readMaven(folder: string): Maven {
  const accounts = readTable(folder, 'accounts')
  const agents = readTable(folder, 'sales_teams')
  const prices = new Map(
    readTable(folder, 'products').map(({ product, sales_price }) => [product!, Number(sales_price)]),
  )
  const offices = new Map(agents.map(({ sales_agent, regional_office }) => [sales_agent!, regional_office!]))
  const teams = new Map<string, string[]>()
  for (const { manager, sales_agent } of agents) teams.set(manager!, [...(teams.get(manager!) ?? []), sales_agent!])
  return {
    companies: accounts.map(companyOf),
    deals: (idOf) => readTable(folder, 'sales_pipeline').map((line) => dealOf(line, prices, offices, idOf)),
    teams,
  }
}

function companyOf({ account, sector, year_established, revenue, employees, office_location }: Line): Body {
  return {
    name: account,
    domain: `${slug(account!)}.example`,
    stage: 'customer',
    tags: ['maven'],
    custom: {
      ...{ sector, country: office_location, founded: Number(year_established), employees: Number(employees) },
      revenue_millions: Number(revenue),
    },
  }
}

/**
 * Values are whole dollars, amounts are cents. An open deal has no value yet: it counts at the product's list price. The
 * day that it closed goes where its closing is planned, since closed_at is the server's.
 */
function dealOf(
  { opportunity_id, sales_agent, product: sold, account, deal_stage, engage_date, close_date, close_value }: Line,
  prices: ReadonlyMap<string, number>,
  offices: ReadonlyMap<string, string>,
  idOf: (company: string) => string | undefined,
): Body {
  const product = PRODUCTS[sold!] ?? sold!
  const dollars = close_value === '' ? (prices.get(product) ?? 0) : Number(close_value)
  return {
    title: account === '' ? product : `${product} for ${account}`,
    amount_cents: dollars * 100,
    stage: deal_stage!.toLowerCase(),
    status: STATUSES[deal_stage!] ?? 'open',
    company_id: account === '' ? null : idOf(account!),
    owner: sales_agent,
    tags: ['maven', offices.get(sales_agent!)!.toLowerCase()],
    expected_close_at: close_date || null,
    custom: { opportunity: opportunity_id, product, ...(engage_date === '' ? {} : { engaged_on: engage_date }) },
  }
}
