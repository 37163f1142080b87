// The headers under which products export calls, meetings, tasks and notes.

import { headerKeys } from '../header-key.ts'
import type { Vocabulary } from '../vocabulary.ts'

export const activityWords: Vocabulary = {
  kind: headerKeys('kind type activitytype engagementtype tasktype tasksubtype eventtype'),
  subject: headerKeys(
    'subject activitysubject tasksubject calltitle meetingname tasktitle emailsubject title activity betreff objet asunto',
  ),
  body: headerKeys(
    'body note notes activitynote activitynotes description fullcomments comments publicdescription callnotes meetingdescription notebody tasknotes emailbody content',
  ),
  occurred_at: headerKeys(
    'occurredat duedate activityduedate duedateonly date activitydate activitydatetime startdatetime startdate start start_date activitystartdate createdate createddate createdtime datum fecha',
  ),
  time_of_day: headerKeys('duetime activityduetime starttime time'),
  'contact.name': headerKeys(
    'contactname contactperson activitycontactperson person personname contact name activityperson',
  ),
  'contact.email': [
    ...headerKeys('contactemail email emailaddress'),
    /^(?:person|contactperson|activitycontactperson)email\w*$/,
  ],
  'contact.id': headerKeys(
    'contactid contactnameid personid activitypersonid contactpersonid activitycontactpersonid whoid associatedcontactids',
  ),
  'company.name': headerKeys(
    'companyname company organization organizationname activityorganization account accountname',
  ),
  'company.domain': headerKeys('companydomain companydomainname'),
  'company.id': headerKeys(
    'companyid organizationid activityorganizationid accountid accountnameid associatedcompanyids',
  ),
  'deal.title': headerKeys('dealtitle deal activitydeal dealname opportunity opportunityname'),
  'deal.id': headerKeys('dealid activitydealid opportunityid whatid relatedtoid associateddealids'),
  on_behalf_of: headerKeys(
    'onbehalfof activityassignedto assignedto assigned assignedtouser activityassignedtouser activityowner activityuser owner user',
  ),
  external_id: headerKeys('activityid taskid eventid recordid externalid uid id'),
  custom: ['custom'],
}
