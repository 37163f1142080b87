// Northwind as records of crmkit: a customer is a company with its contact, an order is a deal, won once it was shipped.
// Addresses and domains are invented under .example.

import type { Body } from './load.ts'
import { type Line, readTable, slug } from './tables.ts'

export interface Northwind {
  readonly companies: readonly Body[]
  /** Given the ids of the companies, by domain. */
  readonly contacts: (idOf: (domain: string) => string | undefined) => Body[]
  /** Given the ids of companies and contacts, by domain and address. */
  readonly deals: (idOf: (key: string) => string | undefined) => Body[]
}

export function readNorthwind(folder: string): Northwind {
  const customers = readTable(folder, 'customers')
  const byId = new Map(customers.map((customer) => [customer.customerID!, customer]))
  const employees = readTable(folder, 'employees')
  const owners = new Map(
    employees.map(({ employeeID, firstName, lastName }) => [employeeID!, `${firstName} ${lastName}`]),
  )
  const amounts = new Map<string, number>()
  for (const { orderID, unitPrice, quantity, discount } of readTable(folder, 'order_details')) {
    const price = Number(unitPrice) * Number(quantity) * (1 - Number(discount))
    amounts.set(orderID!, (amounts.get(orderID!) ?? 0) + price)
  }
  return {
    companies: customers.map(({ customerID, companyName, city, country }) => ({
      name: companyName,
      domain: domainOf(customerID!),
      stage: 'customer',
      tags: ['northwind'],
      custom: { customer: customerID, city, country },
    })),
    contacts: (idOf) =>
      customers.map((customer) => ({
        ...{ name: customer.contactName, email: addressOf(customer), title: customer.contactTitle },
        ...{ phone: customer.phone, company_id: idOf(domainOf(customer.customerID!)), tags: ['northwind'] },
      })),
    deals: (idOf) =>
      readTable(folder, 'orders').map(({ orderID, customerID, employeeID, orderDate, requiredDate, shippedDate }) => {
        const customer = byId.get(customerID!)!
        const shipped = shippedDate !== 'NULL'
        return {
          title: `Order ${orderID} of ${customer.companyName}`,
          amount_cents: Math.round(amounts.get(orderID!)! * 100),
          ...(shipped ? { status: 'won', stage: 'shipped' } : { status: 'open', stage: 'ordered' }),
          company_id: idOf(domainOf(customerID!)),
          contact_id: idOf(addressOf(customer)),
          owner: owners.get(employeeID!),
          tags: ['northwind'],
          expected_close_at: shipped ? shippedDate : requiredDate,
          ...(shipped ? {} : { follow_up_at: requiredDate, follow_up_note: 'Not shipped yet: call the warehouse' }),
          custom: { order: orderID, ordered_on: orderDate },
        }
      }),
  }
}

function domainOf(customerID: string): string {
  return `${customerID.toLowerCase()}.example`
}

function addressOf({ contactName, customerID }: Line): string {
  return `${slug(contactName!)}@${domainOf(customerID!)}`
}
