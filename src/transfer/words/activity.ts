// The headers under which products export calls, meetings, tasks and notes.

import type { Vocabulary } from '../vocabulary.ts'

const list = (words: string) => words.trim().split(/\s+/)

export const activityWords: Vocabulary = {
  kind: list('kind type activitytype engagementtype tasktype tasksubtype eventtype'),
  subject: list('subject activitysubject tasksubject title activity betreff objet asunto'),
  body: list('body note notes activitynote activitynotes description fullcomments comments publicdescription content'),
  occurred_at: list(
    'occurredat duedate activityduedate duedateonly date activitydate startdate start start_date activitystartdate createdate datum fecha',
  ),
  time_of_day: list('duetime activityduetime starttime time'),
  'contact.name': list('contactname contactperson activitycontactperson person personname contact name activityperson'),
  'contact.email': [
    ...list('contactemail email emailaddress'),
    /^(?:person|contactperson|activitycontactperson)email\w*$/,
  ],
  'contact.id': list(
    'contactid personid activitypersonid contactpersonid activitycontactpersonid whoid associatedcontactids',
  ),
  'company.name': list('companyname company organization organizationname activityorganization account accountname'),
  'company.domain': list('companydomain companydomainname'),
  'company.id': list('companyid organizationid activityorganizationid accountid associatedcompanyids'),
  'deal.title': list('dealtitle deal activitydeal dealname opportunity opportunityname'),
  'deal.id': list('dealid activitydealid opportunityid whatid associateddealids'),
  on_behalf_of: list(
    'onbehalfof assignedto assigned assignedtouser activityassignedtouser activityowner activityuser owner user',
  ),
  external_id: list('activityid taskid eventid recordid externalid uid id'),
  custom: ['custom'],
}
