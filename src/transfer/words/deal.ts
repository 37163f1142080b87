// The headers under which products export deals, opportunities, or whatever else they call what may be sold.

import { headerKeys } from '../header-key.ts'
import type { Vocabulary } from '../vocabulary.ts'

export const dealWords: Vocabulary = {
  title: headerKeys(
    'title dealname dealtitle opportunityname potentialname deal opportunity name subject titel titre titulo',
  ),
  amount_cents: ['amountcents'],
  amount: headerKeys(
    'amount dealvalue dealamount opportunityamount value betrag wert summe montant importe valor importo bedrag',
  ),
  currency: headerKeys(
    'currency dealcurrency dealcurrencyofvalue currencyofvalue amountcurrency opportunitycurrency currencycode currencyisocode dealcurrencycode wahrung devise moneda valuta moeda',
  ),
  stage: headerKeys('stage dealstage stagename opportunitystage pipelinestage salesstage phase etape etapa'),
  status: headerKeys('status dealstatus opportunitystatus estado statut'),
  is_won: headerKeys('iswon won isclosedwon'),
  is_closed: headerKeys('isclosed closed isdealclosed isclosedlost'),
  owner: headerKeys('owner dealowner opportunityowner ownername hubspotowner assignedto besitzer'),
  expected_close_at: headerKeys(
    'expectedcloseat expectedclosedate dealexpectedclosedate closedate closingdate dealclosedate expectedclose abschlussdatum datedecloture fechadecierre',
  ),
  closed_at: headerKeys(
    'closedat wontime losttime dealwontime deallosttime closedwondate closedlostdate actualclosedate closeddate dateclosed closedon dealcloseddate',
  ),
  'company.name': headerKeys(
    'companyname company associatedcompany associatedcompanyname associatedcompanies primaryassociatedcompany dealorganization dealorganizationname organization organizationname accountname account customer client firma societe empresa',
  ),
  'company.domain': headerKeys('companydomain companydomainname companywebsite organizationwebsite accountwebsite'),
  'company.id': headerKeys(
    'companyid primaryassociatedcompanyid associatedcompanyidsprimary associatedcompanyids associatedcompanyid accountid accountnameid organizationid dealorganizationid',
  ),
  'contact.name': headerKeys(
    'contactname contact associatedcontact associatedcontacts dealcontactperson contactperson personname person primarycontact',
  ),
  'contact.email': [
    ...headerKeys('contactemail primarycontactemail associatedcontactemail email emailaddress'),
    /^(?:person|contactperson|dealcontactperson)email\w*$/,
  ],
  'contact.id': headerKeys(
    'contactid contactnameid associatedcontactids associatedcontactid primarycontactid personid dealpersonid dealcontactpersonid contactpersonid',
  ),
  tags: headerKeys('tags tag labels label deallabels deallabel categories'),
  notes: headerKeys('notes note description dealdescription comments'),
  follow_up_at: headerKeys('followupat followupdate nextfollowup'),
  follow_up_note: headerKeys('followupnote'),
  external_id: headerKeys('recordid dealid opportunityid potentialid externalid casesafeid uid id'),
  custom: ['custom'],
}
