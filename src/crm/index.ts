// Every noun of the CRM, in the order in which the manual tells of them.

import { checkResources, type Resource } from '../declare/resources.ts'
import { activity } from './activity.ts'
import { company } from './company.ts'
import { contact } from './contact.ts'
import { deal } from './deal.ts'

export const resources: readonly Resource[] = [contact, company, deal, activity]
checkResources(resources)

export { activity, company, contact, deal }
